package io.httpipe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** All that was measured on one JDK, turn by turn. */
final class Results {
    /** One figure of one turn. */
    record Row(String scenario, String client, int round, Metric metric, double value) {
        private static Row parse(String line) {
            String[] cells = line.split("\t", -1);
            return new Row(
                    cells[0],
                    cells[1],
                    Integer.parseInt(cells[2]),
                    Metric.valueOf(cells[3]),
                    Double.parseDouble(cells[4]));
        }

        private String line() {
            return String.join("\t", scenario, client, Integer.toString(round), metric.name(), Double.toString(value));
        }
    }

    private final List<Row> rows = new ArrayList<>();

    static Results read(Path file) throws IOException {
        Results results = new Results();
        for (String line : Files.readAllLines(file)) {
            results.rows.add(Row.parse(line));
        }
        return results;
    }

    void add(Row row) {
        rows.add(row);
    }

    void write(Path file) throws IOException {
        Files.write(
                file,
                rows.stream().map(Row::line).toList(),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    /** What was measured of a scenario. */
    List<Metric> metrics(String scenario) {
        return rows.stream()
                .filter(row -> row.scenario.equals(scenario))
                .map(Row::metric)
                .distinct()
                .sorted()
                .toList();
    }

    /** The median of all rounds. */
    OptionalDouble median(String scenario, String client, Metric metric) {
        return median(of(scenario, client, metric), Row::value);
    }

    /** The median of how a client's turn compares with another's in the same round. */
    OptionalDouble ratio(String scenario, String client, String to, Metric metric) {
        List<Row> base = of(scenario, to, metric);
        List<Row> pairs = of(scenario, client, metric).stream()
                .flatMap(row -> base.stream()
                        .filter(other -> other.round == row.round)
                        .map(other -> new Row(scenario, row.client, row.round, metric, row.value / other.value)))
                .toList();
        return median(pairs, Row::value);
    }

    private List<Row> of(String scenario, String client, Metric metric) {
        return rows.stream()
                .filter(row -> row.scenario.equals(scenario) && row.client.equals(client) && row.metric == metric)
                .toList();
    }

    private static OptionalDouble median(List<Row> rows, ToDoubleFunction<Row> value) {
        double[] sorted = rows.stream().mapToDouble(value).sorted().toArray();
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                sorted.length % 2 == 1
                        ? sorted[middle]
                        : Arrays.stream(sorted, middle - 1, middle + 1).sum() / 2);
    }
}

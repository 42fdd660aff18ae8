package io.httpipe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * All that was measured on one JDK, turn by turn, and what there is to tell about it.
 *
 * <p>In the file each line begins with its kind: {@code fact}, {@code title} of a scenario, {@code note} on a client in
 * a scenario, or {@code turn}; tabs stand between the cells.
 */
final class Results {
    private static final Pattern TAB = Pattern.compile("\t");

    /** One figure of one turn. */
    record Turn(String scenario, String client, int round, Metric metric, double value) {}

    /** Where a client has no figures. */
    record Gap(String scenario, String client) {}

    private final Map<String, String> facts = new LinkedHashMap<>();
    private final Map<String, String> titles = new LinkedHashMap<>();
    private final Map<Gap, String> notes = new LinkedHashMap<>();
    private final List<Turn> turns = new ArrayList<>();

    static Results read(Path file) throws IOException {
        Results results = new Results();
        for (String line : Files.readAllLines(file)) {
            String[] cells = TAB.split(line, -1);
            switch (cells[0]) {
                case "fact" -> results.fact(cells[1], cells[2]);
                case "title" -> results.title(cells[1], cells[2]);
                case "note" -> results.note(cells[1], cells[2], cells[3]);
                default -> {
                    Metric metric = Metric.valueOf(cells[4]);
                    double value = Double.parseDouble(cells[5]);
                    results.add(new Turn(cells[1], cells[2], Integer.parseInt(cells[3]), metric, value));
                }
            }
        }
        return results;
    }

    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        facts.forEach((name, fact) -> lines.add(line("fact", name, fact)));
        titles.forEach((scenario, title) -> lines.add(line("title", scenario, title)));
        notes.forEach((gap, note) -> lines.add(line("note", gap.scenario, gap.client, note)));
        for (Turn turn : turns) {
            lines.add(line("turn", turn.scenario, turn.client, turn.round, turn.metric, turn.value));
        }
        Files.write(file, lines);
    }

    private static String line(Object... cells) {
        return String.join("\t", Stream.of(cells).map(Object::toString).toList());
    }

    void fact(String name, String fact) {
        facts.put(name, fact);
    }

    /** Names a scenario that is about to be measured. */
    void title(String scenario, String title) {
        titles.put(scenario, title);
    }

    /** Tells why a client has no figures. */
    void note(String scenario, String client, String note) {
        notes.put(new Gap(scenario, client), note);
    }

    void add(Turn turn) {
        turns.add(turn);
    }

    Map<String, String> facts() {
        return facts;
    }

    /** The scenarios that were measured, by id, in order, with their titles. */
    Map<String, String> titles() {
        return titles;
    }

    /** Why a client has no figures; empty if it has, or did not take part. */
    String note(String scenario, String client) {
        return notes.getOrDefault(new Gap(scenario, client), "");
    }

    /** What was measured of a scenario. */
    List<Metric> metrics(String scenario) {
        return turns.stream()
                .filter(turn -> turn.scenario.equals(scenario))
                .map(Turn::metric)
                .distinct()
                .sorted()
                .toList();
    }

    /** The median of all rounds. */
    OptionalDouble median(String scenario, String client, Metric metric) {
        return median(of(scenario, client, metric).map(Turn::value));
    }

    /** The median of how a client's turn compares with another's in the same round. */
    OptionalDouble ratio(String scenario, String client, String to, Metric metric) {
        List<Turn> base = of(scenario, to, metric).toList();
        return median(of(scenario, client, metric)
                .flatMap(turn -> base.stream()
                        .filter(other -> other.round == turn.round && other.value != 0)
                        .map(other -> turn.value / other.value)));
    }

    private Stream<Turn> of(String scenario, String client, Metric metric) {
        return turns.stream()
                .filter(turn -> turn.scenario.equals(scenario) && turn.client.equals(client) && turn.metric == metric);
    }

    private static OptionalDouble median(Stream<Double> values) {
        double[] sorted = values.mapToDouble(Double::doubleValue).sorted().toArray();
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

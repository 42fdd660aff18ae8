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
 * All results on one JDK, with facts about the run.
 *
 * <p>In the file, each line begins with its kind: {@code fact}, {@code title} of a scenario, {@code note} on a client
 * in a scenario, or {@code turn} for a figure. Tabs separate the cells.
 */
final class Results {
    private static final Pattern TAB = Pattern.compile("\t");

    /** The value of one metric in one turn. */
    record Figure(String scenario, String client, int round, Metric metric, double value) {}

    /** The scenario and client of a note. */
    record NoteKey(String scenario, String client) {}

    private final Map<String, String> facts = new LinkedHashMap<>();
    private final Map<String, String> titles = new LinkedHashMap<>();
    private final Map<NoteKey, String> notes = new LinkedHashMap<>();
    private final List<Figure> figures = new ArrayList<>();

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
                    results.add(new Figure(cells[1], cells[2], Integer.parseInt(cells[3]), metric, value));
                }
            }
        }
        return results;
    }

    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        facts.forEach((name, fact) -> lines.add(line("fact", name, fact)));
        titles.forEach((scenario, title) -> lines.add(line("title", scenario, title)));
        notes.forEach((key, note) -> lines.add(line("note", key.scenario, key.client, note)));
        for (Figure figure : figures) {
            lines.add(line("turn", figure.scenario, figure.client, figure.round, figure.metric, figure.value));
        }
        Files.write(file, lines);
    }

    private static String line(Object... cells) {
        return String.join("\t", Stream.of(cells).map(Object::toString).toList());
    }

    void fact(String name, String fact) {
        facts.put(name, fact);
    }

    /** Adds a scenario and its title. */
    void title(String scenario, String title) {
        titles.put(scenario, title);
    }

    /** Notes why figures of a client are missing. */
    void note(String scenario, String client, String note) {
        notes.put(new NoteKey(scenario, client), note);
    }

    void add(Figure figure) {
        figures.add(figure);
    }

    Map<String, String> facts() {
        return facts;
    }

    /** The titles of the measured scenarios by id, in the order in which the scenarios ran. */
    Map<String, String> titles() {
        return titles;
    }

    /** Why figures of a client are missing; empty if none is missing, or if the client did not take part. */
    String note(String scenario, String client) {
        return notes.getOrDefault(new NoteKey(scenario, client), "");
    }

    /** The metrics of a scenario. */
    List<Metric> metrics(String scenario) {
        return figures.stream()
                .filter(figure -> figure.scenario.equals(scenario))
                .map(Figure::metric)
                .distinct()
                .sorted()
                .toList();
    }

    /** The median of all rounds. */
    OptionalDouble median(String scenario, String client, Metric metric) {
        return median(of(scenario, client, metric).map(Figure::value));
    }

    /** The median ratio of a client's figure to that of another client in the same round. */
    OptionalDouble ratio(String scenario, String client, String to, Metric metric) {
        List<Figure> base = of(scenario, to, metric).toList();
        return median(of(scenario, client, metric)
                .flatMap(figure -> base.stream()
                        .filter(other -> other.round == figure.round && other.value != 0)
                        .map(other -> figure.value / other.value)));
    }

    private Stream<Figure> of(String scenario, String client, Metric metric) {
        return figures.stream()
                .filter(figure ->
                        figure.scenario.equals(scenario) && figure.client.equals(client) && figure.metric == metric);
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

package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Writes the results on one JDK as Markdown tables. */
final class Tables {
    private static final String FLOOR = Contender.FLOOR.title();

    private Tables() {}

    static String section(int release, Results results) {
        StringBuilder section = new StringBuilder("## JDK " + release + "\n\n");
        results.facts()
                .forEach((name, fact) -> section.append("- ")
                        .append(name)
                        .append(": ")
                        .append(fact)
                        .append('\n'));
        List<String> parts = new ArrayList<>();
        for (String scenario : results.titles().keySet()) {
            if (scenario.startsWith(Parts.ID)) {
                parts.add(scenario);
            } else {
                section.append(scenario(scenario, results));
            }
        }
        return section.append(parts(parts, results)).append('\n').toString();
    }

    /** A table with a row for each client. */
    private static String scenario(String id, Results results) {
        StringBuilder table = new StringBuilder("\n### " + results.titles().get(id) + "\n\n| |");
        StringBuilder line = new StringBuilder("|---|");
        List<Column> columns = columns(id, results);
        for (Column column : columns) {
            table.append(' ').append(column.title).append(" |").append(column.metric.compared() ? " x |" : "");
            line.append("--:|").append(column.metric.compared() ? "--:|" : "");
        }
        table.append('\n').append(line).append('\n');
        for (Contender contender : Contender.values()) {
            String client = contender.title();
            String note = results.note(id, client);
            boolean measured =
                    results.median(id, client, columns.getFirst().metric).isPresent();
            if (measured || !note.isEmpty()) {
                table.append("| ").append(client).append(note.isEmpty() ? " |" : " (" + note + ") |");
                columns.forEach(column -> table.append(column.cells(id, client, results)));
                table.append('\n');
            }
        }
        return table.toString();
    }

    /** The columns of a table. If the work takes milliseconds of processor time, times are in milliseconds. */
    private static List<Column> columns(String id, Results results) {
        boolean slow = results.median(id, FLOOR, Metric.CPU).orElse(0) > 1e6;
        List<Column> columns = new ArrayList<>();
        for (Metric metric : results.metrics(id)) {
            columns.add(
                    slow && metric.title().endsWith(" us")
                            ? new Column(metric, metric.title().replace(" us", " ms"), 1e3)
                            : new Column(metric, metric.title(), 1));
        }
        return columns;
    }

    private record Column(Metric metric, String title, double unit) {
        String cells(String id, String client, Results results) {
            String cells = cell(results.median(id, client, metric), metric, unit);
            if (metric.compared()) {
                OptionalDouble ratio = results.ratio(id, client, FLOOR, metric);
                cells += ratio.isPresent() ? " " + number(ratio.getAsDouble()) + " |" : " |";
            }
            return cells;
        }
    }

    private static String parts(List<String> ids, Results results) {
        if (ids.isEmpty()) {
            return "";
        }
        StringBuilder table = new StringBuilder("\n### Parts of httpipe (JMH)\n\n| | ns | bytes |\n|---|--:|--:|\n");
        String client = Contender.HTTPIPE.title();
        for (String id : ids) {
            table.append("| ").append(results.titles().get(id)).append(" |");
            for (Metric metric : List.of(Metric.TIME, Metric.ALLOCATED)) {
                table.append(cell(results.median(id, client, metric), metric, 1));
            }
            table.append('\n');
        }
        return table.toString();
    }

    private static String cell(OptionalDouble value, Metric metric, double unit) {
        return value.isPresent() ? " " + number(metric.inUnit(value.getAsDouble()) / unit) + " |" : " |";
    }

    /** Formats a number with about three digits. More would only show noise. */
    static String number(double value) {
        String format = Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}

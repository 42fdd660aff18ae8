package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Formats a table for the console: for one scenario, the medians of the figures and of their ratios to the floor. */
final class Console {
    private Console() {}

    static String table(String scenario, List<Contender> contenders, Results results) {
        StringBuilder table = new StringBuilder();
        table.append(String.format(Locale.ROOT, "%n%-14s", scenario));
        List<Metric> metrics = results.metrics(scenario);
        metrics.forEach(metric -> table.append(String.format(Locale.ROOT, " %12s %6s", metric.title(), "x")));
        table.append(System.lineSeparator());
        for (Contender contender : contenders) {
            table.append(String.format(Locale.ROOT, "  %-12s", contender.title()));
            for (Metric metric : metrics) {
                OptionalDouble median = results.median(scenario, contender.title(), metric);
                OptionalDouble ratio = results.ratio(scenario, contender.title(), Contender.FLOOR.title(), metric);
                table.append(median.isPresent() ? figure(12, metric.inUnit(median.getAsDouble())) : missing(12));
                table.append(ratio.isPresent() ? figure(6, ratio.getAsDouble()) : missing(6));
            }
            table.append(System.lineSeparator());
        }
        return table.toString();
    }

    private static String figure(int width, double value) {
        return String.format(Locale.ROOT, " %" + width + ".2f", value);
    }

    private static String missing(int width) {
        return String.format(Locale.ROOT, " %" + width + "s", "-");
    }
}

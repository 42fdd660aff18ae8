package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.List;
import java.util.Locale;

/** Tells who waits for the results how it goes: the medians so far of one scenario, and the ratios to the floor. */
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
                table.append(String.format(
                        Locale.ROOT,
                        " %12.2f %6.2f",
                        metric.shown(results.median(scenario, contender.title(), metric)
                                .orElse(Double.NaN)),
                        results.ratio(scenario, contender.title(), Contender.FLOOR.title(), metric)
                                .orElse(Double.NaN)));
            }
            table.append(System.lineSeparator());
        }
        return table.toString();
    }
}

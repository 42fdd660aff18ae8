package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.List;
import java.util.Locale;

/** Tells who waits for the results how it goes: the medians so far of one scenario, and the ratios to the floor. */
final class Console {
    private Console() {}

    static String table(String scenario, List<Contender> contenders, Results results) {
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT,
                "%n%-14s %11s %11s %6s %11s %9s %9s %9s%n",
                scenario,
                "answers/s",
                "cpu us",
                "x",
                "bytes",
                "p50 us",
                "p99 us",
                "p99.9 us"));
        for (Contender contender : contenders) {
            table.append(String.format(
                    Locale.ROOT,
                    "  %-12s %11.0f %11.2f %6.2f %11.0f %9.0f %9.0f %9.0f%n",
                    contender.title(),
                    results.median(scenario, contender, Metric.RATE).orElse(Double.NaN),
                    results.median(scenario, contender, Metric.CPU).orElse(Double.NaN) / 1e3,
                    results.ratio(scenario, contender, Contender.FLOOR, Metric.CPU)
                            .orElse(Double.NaN),
                    results.median(scenario, contender, Metric.ALLOCATED).orElse(Double.NaN),
                    results.median(scenario, contender, Metric.P50).orElse(Double.NaN) / 1e3,
                    results.median(scenario, contender, Metric.P99).orElse(Double.NaN) / 1e3,
                    results.median(scenario, contender, Metric.P999).orElse(Double.NaN) / 1e3));
        }
        return table.toString();
    }
}

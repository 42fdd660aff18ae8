package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A performance target of httpipe.
 *
 * @param work    the scenario, as the document shows it
 * @param figure  the measured quantity, as the document shows it
 * @param limit   the maximum value, or the minimum if {@code atLeast}
 * @param atLeast whether more is better
 * @param value   finds the measured value
 */
record Target(String work, String figure, double limit, boolean atLeast, Value value) {
    private static final String HTTPIPE = Contender.HTTPIPE.title();
    private static final String FLOOR = Contender.FLOOR.title();

    /** Finds the figure in the results. */
    interface Value {
        OptionalDouble in(Results results);
    }

    /**
     * All targets for one JDK.
     *
     * @param release the JDK's release: parking a thread costs more on 21 than on 25, and httpipe parks less often than
     *                the floor
     */
    static List<Target> all(int release) {
        double small = release < 25 ? 0.90 : 1.05;
        return Stream.of(
                        small("64 threads", "get-64", small),
                        small("1,000 threads", "get-1000", small),
                        idlePolicies("64 threads", "policies-64", "get-64"),
                        idlePolicies("1,000 threads", "policies-1000", "get-1000"),
                        Stream.of(
                                new Target(
                                        "GET of 13 bytes through a proxy, 64 threads",
                                        "processor time, to that without a proxy",
                                        1.10,
                                        false,
                                        r -> ratio(
                                                r.median("proxy-64", HTTPIPE, Metric.CPU),
                                                r.median("get-64", HTTPIPE, Metric.CPU))),
                                cpu("GET of 13 bytes, 1 thread", "get-1", 1.05),
                                cpu("GET with 15 response header fields, 1 thread", "fields-1", 1.05),
                                cpu("GET with 15 response header fields, 64 threads", "fields-64", 1.05),
                                cpu("GET with 15 response header fields, 1,000 threads", "fields-1000", 1.05),
                                cpu("GET with 15 response header fields, 5,000 threads", "fields-5000", 1.05),
                                new Target(
                                        "GET of 13 bytes, 5,000 threads",
                                        "processor time, to that at 64 threads",
                                        1.3,
                                        false,
                                        r -> {
                                            OptionalDouble many = r.median("get-5000", HTTPIPE, Metric.CPU);
                                            OptionalDouble few = r.median("get-64", HTTPIPE, Metric.CPU);
                                            return ratio(many, few);
                                        }),
                                absolute(
                                        "GET of 13 bytes, 64 threads",
                                        "allocated bytes",
                                        1000,
                                        "get-64",
                                        Metric.ALLOCATED),
                                absolute(
                                        "GET with 15 response header fields, 64 threads",
                                        "allocated bytes",
                                        2000,
                                        "fields-64",
                                        Metric.ALLOCATED),
                                cpu("GET of 64 KiB", "body-64k", 1.05),
                                cpu("GET of 1 MiB", "body-1m", 1.05),
                                cpu("GET of 64 KiB of JSON, sent in gzip", "gzip-json-64", 1.05),
                                new Target(
                                        "GET of 64 KiB of JSON, sent in gzip",
                                        "processor time, to the best other client",
                                        0.99,
                                        false,
                                        r -> toBestOther(r, "gzip-json-64", Metric.CPU)),
                                cpu("Download of 256 MiB", "download", 1.05),
                                cpu("Download of 256 MiB of JSON, sent in gzip", "gzip-download", 1.05),
                                cpu("Upload from memory", "upload", 1.05),
                                cpu("Upload from memory, in chunks", "upload-chunked", 1.05),
                                cpu("Upload from a file", "upload-file", 1.00),
                                new Target(
                                        "Multipart upload from a file",
                                        "processor time, to the plain upload",
                                        1.05,
                                        false,
                                        r -> ratio(
                                                r.median("multipart-upload", HTTPIPE, Metric.CPU),
                                                r.median("upload-file", HTTPIPE, Metric.CPU))),
                                cpu("Pipe", "pipe", 1.05),
                                cpu("GET of 13 bytes over TLS", "tls-64", 1.05),
                                cpu("Download over TLS", "tls-download", 1.05),
                                new Target(
                                        "5,000 calls in flight",
                                        "heap each, to the best other client",
                                        1,
                                        false,
                                        r -> toBestOther(r, "in-flight", Metric.HEAP)),
                                absolute("5,000 idle connections", "heap bytes each", 1536, "idle", Metric.HEAP),
                                new Target(
                                        "Start of a JVM",
                                        "first answer, ms after the floor's",
                                        40,
                                        false,
                                        r -> millisAfter(
                                                r.median("start", HTTPIPE, Metric.START),
                                                r.median("start", FLOOR, Metric.START))),
                                absolute("Size", "bytes of jars", 660_000, "start", Metric.JARS)))
                .flatMap(s -> s)
                .toList();
    }

    private static Stream<Target> small(String threads, String scenario, double limit) {
        String work = "GET of 13 bytes, " + threads;
        return Stream.of(
                cpu(work, scenario, limit),
                new Target(
                        work,
                        "processor time, to the best other client",
                        0.6,
                        false,
                        r -> toBestOther(r, scenario, Metric.CPU)),
                new Target(
                        work,
                        "answers a second, to the floor",
                        1,
                        true,
                        r -> r.ratio(scenario, HTTPIPE, FLOOR, Metric.RATE)),
                new Target(work, "p99, to the floor", 1, false, r -> r.ratio(scenario, HTTPIPE, FLOOR, Metric.P99)));
    }

    private static Stream<Target> idlePolicies(String threads, String scenario, String plain) {
        String work = "GET of 13 bytes, idle policies, " + threads;
        return Stream.of(
                new Target(work, "processor time, to that without policies", 1.10, false, r -> {
                    OptionalDouble with = r.median(scenario, HTTPIPE, Metric.CPU);
                    OptionalDouble without = r.median(plain, HTTPIPE, Metric.CPU);
                    return ratio(with, without);
                }),
                new Target(
                        work,
                        "processor time, to the best other client",
                        0.5,
                        false,
                        r -> toBestOther(r, scenario, Metric.CPU)));
    }

    private static Target cpu(String work, String scenario, double limit) {
        return new Target(
                work, "processor time, to the floor", limit, false, r -> r.ratio(scenario, HTTPIPE, FLOOR, Metric.CPU));
    }

    private static Target absolute(String work, String figure, double limit, String scenario, Metric metric) {
        return new Target(work, figure, limit, false, r -> r.median(scenario, HTTPIPE, metric));
    }

    private static OptionalDouble toBestOther(Results results, String scenario, Metric metric) {
        return Arrays.stream(Contender.values())
                .filter(c -> c != Contender.HTTPIPE && c != Contender.FLOOR)
                .map(Contender::title)
                .filter(c -> results.median(scenario, c, metric).isPresent())
                .min(Comparator.comparingDouble(
                        c -> results.median(scenario, c, metric).orElseThrow()))
                .map(best -> results.ratio(scenario, HTTPIPE, best, metric))
                .orElse(OptionalDouble.empty());
    }

    private static OptionalDouble ratio(OptionalDouble value, OptionalDouble to) {
        return value.isPresent() && to.isPresent()
                ? OptionalDouble.of(value.getAsDouble() / to.getAsDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble millisAfter(OptionalDouble value, OptionalDouble than) {
        return value.isPresent() && than.isPresent()
                ? OptionalDouble.of((value.getAsDouble() - than.getAsDouble()) / 1e6)
                : OptionalDouble.empty();
    }

    /**
     * Whether a value, rounded to two decimals, reaches the target. The table shows large values with fewer decimals.
     */
    boolean reached(double value) {
        double shown = Math.round(value * 100) / 100.0;
        return atLeast ? shown >= limit : shown <= limit;
    }
}

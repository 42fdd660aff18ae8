package io.httpipe.soak;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Counts what happens in the soak, and keeps the first failure, which ends it. Thread-safe. */
final class SoakCounters {
    /** Requests that have reached the server. */
    final LongAdder requests = new LongAdder();

    /** Responses that have arrived complete and correct, and the bytes of their bodies. */
    final LongAdder answers = new LongAdder();

    final LongAdder bytes = new LongAdder();

    /** Bytes of request bodies that the server has found correct. */
    final LongAdder uploaded = new LongAdder();

    /** The number of calls by their kind and their end. */
    private final Map<String, Map<String, LongAdder>> calls = new ConcurrentSkipListMap<>();

    private final AtomicReference<AssertionError> failure = new AtomicReference<>();

    void ended(String call, String end) {
        calls.computeIfAbsent(call, key -> new ConcurrentSkipListMap<>())
                .computeIfAbsent(end, key -> new LongAdder())
                .increment();
    }

    /** How many calls have ended. */
    long calls() {
        return calls.values().stream()
                .flatMap(ends -> ends.values().stream())
                .mapToLong(LongAdder::sum)
                .sum();
    }

    void fail(String what, Throwable e) {
        failure.compareAndSet(null, new AssertionError(what + ": " + e, e));
    }

    /** The first failure, or null. */
    AssertionError failure() {
        return failure.get();
    }

    /** Returns a table with a line for each kind of call. */
    String table() {
        StringBuilder table = new StringBuilder();
        calls.forEach((call, ends) -> {
            long sum = ends.values().stream().mapToLong(LongAdder::sum).sum();
            table.append("  %-22s %,11d ".formatted(call, sum));
            ends.forEach((end, count) -> table.append(" %s %,d;".formatted(end, count.sum())));
            table.setCharAt(table.length() - 1, '\n');
        });
        return table.toString();
    }
}

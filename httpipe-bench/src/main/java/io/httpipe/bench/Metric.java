package io.httpipe.bench;

/** What is measured. */
enum Metric {
    /** Answers a second. */
    RATE("answers/s", 1, true),
    /** Processor time of the client's process for each answer, in nanoseconds. */
    CPU("cpu us", 1e3, true),
    /** Bytes of heap that were allocated for each answer. */
    ALLOCATED("bytes", 1, false),
    /** Nanoseconds within which half of all answers came. */
    P50("p50 us", 1e3, false),
    P99("p99 us", 1e3, true),
    P999("p99.9 us", 1e3, false),
    /** Bytes of heap that each of many connections or calls holds. */
    HEAP("heap bytes", 1, true),
    /** Nanoseconds from the start of a JVM until it has the first answer. */
    START("start ms", 1e6, true),
    /** Bytes of all jar files that the client needs. */
    JARS("jars KB", 1e3, false),
    /** Nanoseconds that a part of httpipe takes. */
    TIME("ns", 1, false);

    private final String title;
    private final double unit;
    private final boolean compared;

    Metric(String title, double unit, boolean compared) {
        this.title = title;
        this.unit = unit;
        this.compared = compared;
    }

    /** Whether tables show how it compares with the floor's. */
    boolean compared() {
        return compared;
    }

    String title() {
        return title;
    }

    /** A value in the unit that the title names. */
    double shown(double value) {
        return value / unit;
    }
}

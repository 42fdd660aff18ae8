package io.httpipe.bench;

/** The quantities that are measured. */
enum Metric {
    /** Responses per second. */
    RATE("answers/s", 1, true),
    /** Processor time of the client's process per response, in nanoseconds. */
    CPU("cpu us", 1e3, true),
    /** Allocated bytes of heap per response. */
    ALLOCATED("bytes", 1, false),
    /** Nanoseconds within which half of all responses arrived. */
    P50("p50 us", 1e3, false),
    P99("p99 us", 1e3, true),
    P999("p99.9 us", 1e3, false),
    /** Bytes of heap that each of many connections or calls uses. */
    HEAP("heap bytes", 1, true),
    /** Nanoseconds from the start of a JVM to its first response. */
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

    /** Whether the tables of the document show the ratio to the floor. */
    boolean compared() {
        return compared;
    }

    String title() {
        return title;
    }

    /** Converts a value to the unit of the title. */
    double inUnit(double value) {
        return value / unit;
    }
}

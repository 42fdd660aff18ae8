package io.httpipe.bench;

/** What is measured. */
enum Metric {
    /** Answers a second. */
    RATE,
    /** Processor time of the client's process for each answer, in nanoseconds. */
    CPU,
    /** Bytes of heap that were allocated for each answer. */
    ALLOCATED,
    /** Nanoseconds in which half of all answers came. */
    P50,
    P99,
    P999
}

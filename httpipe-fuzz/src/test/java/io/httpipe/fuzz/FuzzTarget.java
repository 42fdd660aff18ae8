package io.httpipe.fuzz;

import java.util.Locale;

/** What is fuzzed. Each target is a class with a method {@code fuzzerTestOneInput}, as Jazzer wants it. */
enum FuzzTarget {
    HEAD(HeadTarget.class, HeadTarget::fuzzerTestOneInput, 700),
    TRAILERS(TrailersTarget.class, TrailersTarget::fuzzerTestOneInput, 300),
    CHUNKS(ChunksTarget.class, ChunksTarget::fuzzerTestOneInput, 700),
    FIELDS(FieldsTarget.class, FieldsTarget::fuzzerTestOneInput, 400),
    URI(UriTarget.class, UriTarget::fuzzerTestOneInput, 300),
    REQUEST(RequestTarget.class, RequestTarget::fuzzerTestOneInput, 500),
    RESPONSE(ResponseTarget.class, ResponseTarget::fuzzerTestOneInput, 2500);

    /** A target as such. */
    interface Run {
        void run(byte[] input) throws Exception;
    }

    private final Class<?> type;
    private final Run run;
    private final int maxLength;

    FuzzTarget(Class<?> type, Run run, int maxLength) {
        this.type = type;
        this.run = run;
        this.maxLength = maxLength;
    }

    /** The name by which it is called, and its seeds. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    Class<?> type() {
        return type;
    }

    /** How long inputs get: enough to run into each limit. */
    int maxLength() {
        return maxLength;
    }

    /** Throws whatever is a finding. */
    void run(byte[] input) throws Exception {
        run.run(input);
    }
}

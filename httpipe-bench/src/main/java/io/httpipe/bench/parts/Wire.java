package io.httpipe.bench.parts;

import io.httpipe.internal.wire.WireLimits;

/** What the benchmarks of the wire have in common. */
final class Wire {
    /** Those that a client has by default. */
    static final WireLimits LIMITS = new WireLimits(64 * 1024, 1_000, 100, 4096, 16 * 1024);

    private Wire() {}
}

package io.httpipe.bench.parts;

import io.httpipe.internal.wire.WireLimits;

/** The default limits of a client. */
final class DefaultLimits {
    static final WireLimits LIMITS = new WireLimits(64 * 1024, 1_000, 100, 4096, 16 * 1024);

    private DefaultLimits() {}
}

package io.httpipe;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.pool.PoolLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The options of a client. A builder changes its own; a client has a copy that never changes. */
final class Options implements Cloneable {
    private static final int MIN_IDLE_TOTAL = 256;

    Timeouts timeouts = Timeouts.DEFAULT;
    Limits limits = Limits.DEFAULT;

    /** Null for {@link Tls#DEFAULT}, which a client that uses no TLS need not load. */
    @Nullable
    Tls tls;

    int maxConnectionsPerRoute = Integer.MAX_VALUE;
    int maxConnections = Integer.MAX_VALUE;
    int maxIdlePerRoute = 64;

    /** -1 for the default, which depends on {@link #maxIdlePerRoute}. */
    int maxIdleConnections = -1;

    Duration maxLifetime = Duration.ofSeconds(Long.MAX_VALUE);
    Duration idleTimeout = Duration.ofSeconds(60);
    Duration closeGrace = Duration.ofSeconds(5);

    /** The limit for a whole call; null for none. */
    @Nullable
    Duration timeout;

    int chunkSize = 8192;
    boolean traceLeaks;
    boolean exactHeaderNames;

    Options copy() {
        try {
            return (Options) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    Tls tls() {
        return tls == null ? Tls.DEFAULT : tls;
    }

    private int maxIdleConnections() {
        return maxIdleConnections < 0 ? Math.max(MIN_IDLE_TOTAL, maxIdlePerRoute) : maxIdleConnections;
    }

    PoolLimits poolLimits() {
        return new PoolLimits(
                maxConnectionsPerRoute,
                maxConnections,
                maxIdlePerRoute,
                maxIdleConnections(),
                NanoClock.nanos(idleTimeout),
                NanoClock.nanos(maxLifetime));
    }

    OptionText describe(String type) {
        return new OptionText(type)
                .with("timeouts", timeouts)
                .with("timeout", timeout)
                .with("limits", limits)
                .with("tls", tls())
                .with("maxConnectionsPerRoute", maxConnectionsPerRoute)
                .with("maxConnections", maxConnections)
                .with("maxIdlePerRoute", maxIdlePerRoute)
                .with("maxIdleConnections", maxIdleConnections())
                .with("idleTimeout", idleTimeout)
                .with("maxLifetime", maxLifetime)
                .with("chunkSize", chunkSize)
                .with("closeGrace", closeGrace)
                .with("traceLeaks", traceLeaks)
                .with("exactHeaderNames", exactHeaderNames);
    }
}

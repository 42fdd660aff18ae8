package io.httpipe;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PoolLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a client. A builder changes its options and is not thread-safe. A client has a copy that never
 * changes.
 */
final class Options implements Cloneable {
    private static final int DEFAULT_MAX_IDLE = 256;

    Timeouts timeouts = Timeouts.DEFAULT;
    Limits limits = Limits.DEFAULT;

    /** Null for {@link Tls#DEFAULT}, so that a client without TLS does not load that class. */
    @Nullable
    Tls tls;

    int maxConnectionsPerRoute = Integer.MAX_VALUE;
    int maxConnections = Integer.MAX_VALUE;
    int maxIdlePerRoute = 64;

    /** -1 for the default: 256, or {@link #maxIdlePerRoute} if that is more. */
    int maxIdleConnections = -1;

    Duration maxLifetime = Duration.ofSeconds(Long.MAX_VALUE);
    Duration idleTimeout = Duration.ofSeconds(60);
    Duration closeGrace = Duration.ofSeconds(5);

    /** The timeout of a whole call; null for no limit. */
    @Nullable
    Duration timeout;

    int chunkSize = 8192;
    boolean traceLeaks;
    boolean exactHeaderNames;

    /** Null for none, so that a client without interceptors pays one comparison for each call. */
    @Nullable
    List<Interceptor> interceptors;

    void add(Interceptor interceptor) {
        List<Interceptor> all = interceptors == null ? new ArrayList<>() : new ArrayList<>(interceptors);
        all.add(interceptor);
        interceptors = List.copyOf(all);
    }

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
        return maxIdleConnections < 0 ? Math.max(DEFAULT_MAX_IDLE, maxIdlePerRoute) : maxIdleConnections;
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

    CallFactory callFactory(ConnectionPool pool) {
        return new CallFactory(
                pool,
                limits.wire(),
                timeouts.limits(),
                timeout == null ? NanoClock.NEVER : NanoClock.nanos(timeout),
                tls == null ? null : tls.settings());
    }

    OptionText describe(String type) {
        OptionText text = new OptionText(type)
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
        return interceptors == null ? text : text.with("interceptors", interceptors.size());
    }
}

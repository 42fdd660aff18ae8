package io.httpipe;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.policy.Policies;
import io.httpipe.internal.policy.RequestDefaults;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PoolLimits;
import io.httpipe.internal.wire.ParsedUri;
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

    /** Null for none. */
    @Nullable
    List<Interceptor> interceptors;

    /** Null for none. */
    @Nullable
    Policies policies;

    /** The start of the URI of requests that have only a path; null for none. */
    @Nullable
    String baseUri;

    RequestFields headers = RequestFields.NONE;

    /** The defaults that are added to each request; null for none. Set when a client is built. */
    @Nullable
    RequestDefaults defaults;

    /** For the description only; null for the default. The dialer has the settings. */
    @Nullable
    Sockets sockets;

    Dialer dialer = new Dialer(io.httpipe.internal.connect.Resolver.SYSTEM);

    void add(Interceptor interceptor) {
        List<Interceptor> all = interceptors == null ? new ArrayList<>() : new ArrayList<>(interceptors);
        all.add(interceptor);
        interceptors = List.copyOf(all);
    }

    Policies policies() {
        return policies == null ? Policies.NONE : policies;
    }

    /** Whether calls need neither policies nor interceptors. */
    boolean isPlain() {
        return interceptors == null && (policies == null || policies.isIdle());
    }

    /** Returns a copy for a new client, with its {@link #defaults}. */
    Options built() {
        Options built = copy();
        ParsedUri base = baseUri == null ? null : RequestDefaults.parseBase(baseUri);
        boolean empty = base == null && headers.lines().size() == 0 && !exactHeaderNames;
        built.defaults = empty ? null : new RequestDefaults(base, headers, exactHeaderNames);
        return built;
    }

    /** Fails if an option of the connection pool differs from that of a client. */
    void requireSamePool(Options client) {
        if (!poolLimits().equals(client.poolLimits())
                || !dialer.equals(client.dialer)
                || !closeGrace.equals(client.closeGrace)) {
            throw new IllegalArgumentException(
                    "changes: a client over the same pool cannot change the connection limits, idleTimeout,"
                            + " maxLifetime, resolver, sockets, connectionAttemptDelay or closeGrace");
        }
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
        if (sockets != null) {
            text.with("sockets", sockets);
        }
        if (dialer.attemptDelay() != Dialer.ATTEMPT_DELAY_NANOS) {
            text.with("connectionAttemptDelay", Duration.ofNanos(dialer.attemptDelay()));
        }
        if (interceptors != null) {
            text.with("interceptors", interceptors.size());
        }
        if (baseUri != null) {
            text.with("baseUri", baseUri);
        }
        return text;
    }
}

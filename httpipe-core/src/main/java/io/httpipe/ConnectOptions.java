package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Options of {@link Httpipe#connect(Endpoint, ConnectOptions)}; what is null here is as the client has it.
 *
 * {@snippet :
 * Exchange exchange = hp.connect(endpoint, ConnectOptions.DEFAULT.pool("tenant-a").maxIdlePerRoute(4));
 * }
 *
 * @param pool        the name of the pool whose connections are used, apart from those of other names and of none;
 *                    null for those of none
 * @param timeouts    how long each step may take
 * @param maxIdlePerRoute     how many idle connections that pool may keep when this one is given back to it
 * @param idleTimeout how long this one may then be idle
 * @param tls         how TLS is spoken from the start; null for plain text, over which
 *                    {@link Exchange#tlsHandshake(Tls)} may still shake hands
 */
public record ConnectOptions(
        @Nullable String pool,
        @Nullable Timeouts timeouts,
        @Nullable Integer maxIdlePerRoute,
        @Nullable Duration idleTimeout,
        @Nullable Tls tls) {
    /** All as the client has it, in plain text. */
    public static final ConnectOptions DEFAULT = new ConnectOptions(null, null, null, null, null);

    /**
     * Checks its parts.
     *
     * @throws IllegalArgumentException if {@code maxIdlePerRoute} is negative, or {@code idleTimeout} not positive
     */
    public ConnectOptions {
        if (maxIdlePerRoute != null) {
            Arguments.atLeast("maxIdlePerRoute", 0, maxIdlePerRoute);
        }
        if (idleTimeout != null) {
            Arguments.positive("idleTimeout", idleTimeout);
        }
    }

    /**
     * {@return these, with a pool of this name}
     *
     * @param pool any string
     */
    public ConnectOptions pool(String pool) {
        return new ConnectOptions(Arguments.notNull("pool", pool), timeouts, maxIdlePerRoute, idleTimeout, tls);
    }

    /**
     * {@return these, with other timeouts}
     *
     * @param timeouts for all steps, none of them taken from the client
     */
    public ConnectOptions timeouts(Timeouts timeouts) {
        return new ConnectOptions(pool, Arguments.notNull("timeouts", timeouts), maxIdlePerRoute, idleTimeout, tls);
    }

    /**
     * {@return these, with another number of idle connections}
     *
     * @param maxIdlePerRoute 0 or more
     */
    public ConnectOptions maxIdlePerRoute(int maxIdlePerRoute) {
        return new ConnectOptions(pool, timeouts, maxIdlePerRoute, idleTimeout, tls);
    }

    /**
     * {@return these, with another time to be idle}
     *
     * @param idleTimeout positive
     */
    public ConnectOptions idleTimeout(Duration idleTimeout) {
        return new ConnectOptions(pool, timeouts, maxIdlePerRoute, Arguments.notNull("idleTimeout", idleTimeout), tls);
    }

    /**
     * {@return these, with TLS from the start}
     *
     * @param tls one to keep, for sessions are resumed only with the same value
     */
    public ConnectOptions tls(Tls tls) {
        return new ConnectOptions(pool, timeouts, maxIdlePerRoute, idleTimeout, Arguments.notNull("tls", tls));
    }
}

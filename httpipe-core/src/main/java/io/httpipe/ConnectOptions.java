package io.httpipe;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Options of {@link Httpipe#connect(Endpoint, ConnectOptions)}; what is null here is as the client has it.
 *
 * {@snippet :
 * Exchange exchange = hp.connect(endpoint, ConnectOptions.DEFAULT.withPool("tenant-a").withMaxIdle(4));
 * }
 *
 * @param pool        the name of the pool whose connections are used, and no others
 * @param timeouts    how long each step may take
 * @param maxIdle     how many idle connections that pool may keep when this one is given back to it
 * @param idleTimeout how long this one may then be idle
 * @param tls         how TLS is spoken from the start; null for plain text, over which
 *                    {@link Exchange#sslHandshake(Tls)} may still shake hands
 */
public record ConnectOptions(
        @Nullable String pool,
        @Nullable Timeouts timeouts,
        @Nullable Integer maxIdle,
        @Nullable Duration idleTimeout,
        @Nullable Tls tls) {
    /** All as the client has it, in plain text. */
    public static final ConnectOptions DEFAULT = new ConnectOptions(null, null, null, null, null);

    /**
     * @throws IllegalArgumentException if {@code maxIdle} is negative, or {@code idleTimeout} not positive
     */
    public ConnectOptions {
        if (maxIdle != null) {
            Check.atLeast("maxIdle", 0, maxIdle);
        }
        if (idleTimeout != null) {
            Check.positive("idleTimeout", idleTimeout);
        }
    }

    /** These, with a pool of this name. */
    public ConnectOptions withPool(String pool) {
        return new ConnectOptions(Check.notNull("pool", pool), timeouts, maxIdle, idleTimeout, tls);
    }

    /** These, with other timeouts. */
    public ConnectOptions withTimeouts(Timeouts timeouts) {
        return new ConnectOptions(pool, Check.notNull("timeouts", timeouts), maxIdle, idleTimeout, tls);
    }

    /** These, with another number of idle connections. */
    public ConnectOptions withMaxIdle(int maxIdle) {
        return new ConnectOptions(pool, timeouts, maxIdle, idleTimeout, tls);
    }

    /** These, with another time to be idle. */
    public ConnectOptions withIdleTimeout(Duration idleTimeout) {
        return new ConnectOptions(pool, timeouts, maxIdle, Check.notNull("idleTimeout", idleTimeout), tls);
    }

    /** These, with TLS from the start. */
    public ConnectOptions withTls(Tls tls) {
        return new ConnectOptions(pool, timeouts, maxIdle, idleTimeout, Check.notNull("tls", tls));
    }
}

package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Options for one connection of {@link Httpipe#connect(Endpoint, ConnectOptions)}.
 *
 * {@snippet :
 * Exchange exchange = hp.connect(endpoint, ConnectOptions.DEFAULT.pool("tenant-a").maxIdlePerRoute(4));
 * }
 *
 * <p>Immutable and thread-safe.
 *
 * @param pool            the name of the pool whose connections are used; null for the pool without a name. Pools share
 *                        no connections
 * @param timeouts        the timeouts of the steps; null for those of the client
 * @param maxIdlePerRoute how many idle connections the pool keeps when this connection is given back; null for the
 *                        client's value
 * @param idleTimeout     how long this connection may then stay idle; null for the client's value
 * @param tls             the settings for TLS from the start; null for plain text, where
 *                        {@link Exchange#tlsHandshake(Tls)} can start TLS later
 * @param proxy           the proxy for this connection; null for none, even if the client has one. The connection is a
 *                        tunnel to the endpoint in three cases: with TLS, with {@link Proxy#tunnel}, or through a
 *                        SOCKS5 proxy. Otherwise the proxy reads each request and forwards it to the origin of the
 *                        request's URI. If the request has only a path, the proxy forwards it to the server of the
 *                        client's {@code baseUri}, or to the endpoint if there is no {@code baseUri}. If such a proxy
 *                        asks for credentials, the caller gets the 407, and the client adds the credentials to the next
 *                        request
 */
public record ConnectOptions(
        @Nullable String pool,
        @Nullable Timeouts timeouts,
        @Nullable Integer maxIdlePerRoute,
        @Nullable Duration idleTimeout,
        @Nullable Tls tls,
        @Nullable Proxy proxy) {
    /** The client's timeouts and idle limits, the pool without a name, plain text, and no proxy. */
    public static final ConnectOptions DEFAULT = new ConnectOptions(null, null, null, null, null, null);

    /**
     * Creates options.
     *
     * @throws IllegalArgumentException if {@code maxIdlePerRoute} is negative, or {@code idleTimeout} is not positive
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
     * {@return a copy that uses the pool with this name}
     *
     * @param pool any string
     */
    public ConnectOptions pool(String pool) {
        return new ConnectOptions(Arguments.notNull("pool", pool), timeouts, maxIdlePerRoute, idleTimeout, tls, proxy);
    }

    /**
     * {@return a copy with these timeouts}
     *
     * @param timeouts for all steps, instead of {@link Httpipe.Builder#timeouts}. {@link Httpipe.Builder#timeout} still
     *                 applies to each request
     */
    public ConnectOptions timeouts(Timeouts timeouts) {
        return new ConnectOptions(
                pool, Arguments.notNull("timeouts", timeouts), maxIdlePerRoute, idleTimeout, tls, proxy);
    }

    /**
     * {@return a copy with this maximum number of idle connections}
     *
     * @param maxIdlePerRoute 0 or more
     */
    public ConnectOptions maxIdlePerRoute(int maxIdlePerRoute) {
        return new ConnectOptions(pool, timeouts, maxIdlePerRoute, idleTimeout, tls, proxy);
    }

    /**
     * {@return a copy with this idle timeout}
     *
     * @param idleTimeout positive
     */
    public ConnectOptions idleTimeout(Duration idleTimeout) {
        return new ConnectOptions(
                pool, timeouts, maxIdlePerRoute, Arguments.notNull("idleTimeout", idleTimeout), tls, proxy);
    }

    /**
     * {@return a copy that uses TLS from the start}
     *
     * @param tls sessions are resumed only between connections with equal settings
     */
    public ConnectOptions tls(Tls tls) {
        return new ConnectOptions(pool, timeouts, maxIdlePerRoute, idleTimeout, Arguments.notNull("tls", tls), proxy);
    }

    /**
     * {@return a copy that connects through this proxy}
     *
     * @param proxy {@link Proxy#NONE} for none
     */
    public ConnectOptions proxy(Proxy proxy) {
        return new ConnectOptions(pool, timeouts, maxIdlePerRoute, idleTimeout, tls, Arguments.notNull("proxy", proxy));
    }
}

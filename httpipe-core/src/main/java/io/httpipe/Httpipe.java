package io.httpipe;

import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.ClassPreloader;
import io.httpipe.internal.call.DirectConnection;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The HTTP client: its options and its connection pool.
 *
 * {@snippet :
 * try (Httpipe hp = Httpipe.create()) {
 *     System.out.println(hp.get("http://127.0.0.1:9090/echo").text());
 * }
 * }
 *
 * <p>Create one client and keep it; it is thread-safe. Each call blocks its thread until the response has arrived. Run
 * each call on a virtual thread of its own; platform threads work too. An interrupt cancels the call. The client does
 * not follow redirects, keep cookies or decompress bodies.
 *
 * <p>A connection is reused if the response ended exactly where its framing said and neither side asked to close the
 * connection (RFC 9112, section 9.3). If a reused connection breaks before the first byte of the response, an
 * idempotent request is sent once more over a new one. A POST counts as idempotent only with an
 * {@code Idempotency-Key}.
 *
 * <p>Methods that send or connect throw {@link IllegalStateException} if the client has been closed or a body cannot be
 * sent again. They throw {@link IllegalArgumentException} for a null, for an invalid URI, host or port, and for a
 * request without an endpoint.
 */
public final class Httpipe implements AutoCloseable {
    private final Options options;
    private final ConnectionPool pool;
    private final CallFactory calls;

    private Httpipe(Options options, Dialer dialer) {
        this.options = options;
        this.pool = new ConnectionPool(dialer, options.poolLimits());
        this.calls = options.callFactory(pool);
    }

    /** {@return a client with the default options} */
    public static Httpipe create() {
        return builder().build();
    }

    /** {@return a builder with the default options} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Sends a GET request and reads the whole response.
     *
     * @param uri an http or https URI; a fragment is not sent
     * @return the whole response, whatever its status
     * @throws HttpipeException if no complete response arrived
     */
    public Response get(String uri) throws HttpipeException {
        return request(Request.get(uri));
    }

    /**
     * {@return the whole response to a GET request, as for {@link #get(String)}}
     * @param uri an http or https URI; a fragment is not sent
     * @throws HttpipeException if no complete response arrived
     */
    public Response get(URI uri) throws HttpipeException {
        return request(Request.get(uri));
    }

    /**
     * Sends a request and reads the whole response.
     *
     * @param request may be sent several times if its body can be
     * @return the whole response, whatever its status
     * @throws HttpipeException if no complete response arrived
     */
    public Response request(Request request) throws HttpipeException {
        if (options.interceptors != null) {
            return InterceptorChain.request(this, request);
        }
        try {
            Call call = calls.call(outgoing(request), options.limits.maxBodySize());
            ResponseHead head = call.start();
            byte[] body = call.readAll();
            Headers headers = Headers.of(head.fields());
            Headers trailers = Headers.of(call.trailers());
            return new Response(head, headers, body, trailers, call.reusedTimes(), call.sentWhole());
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Sends a request and returns a streamed response when the response head has arrived. Close the response.
     *
     * @param request may be sent several times if its body can be
     * @return the response, which holds a connection until it has been read to its end or closed
     * @throws HttpipeException if no response head arrived
     */
    public StreamedResponse stream(Request request) throws HttpipeException {
        return options.interceptors == null ? send(request) : InterceptorChain.stream(this, request);
    }

    /** Sends a request without calling the interceptors. */
    StreamedResponse send(Request request) throws HttpipeException {
        try {
            Call call = calls.stream(outgoing(request));
            return StreamedResponse.of(this, call.start(), call);
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Sends a request, passes the streamed response to a handler, and closes the response. If the handler throws, an
     * upload that is still running ends at once.
     *
     * {@snippet :
     * long size = hp.stream(Request.get(uri), response -> response.body().transferTo(out));
     * }
     *
     * @param <T>     the handler's result
     * @param request may be sent several times if its body can be
     * @param handler called once, on this thread, when the response head has arrived; must not keep the response
     * @return what the handler returns
     * @throws HttpipeException if no response head arrived, if the body failed while the handler read it, or if the
     *                          upload failed after a 2xx response that did not close the connection
     * @throws IOException      any other exception of the handler
     */
    public <T> T stream(Request request, StreamedResponse.Handler<T> handler) throws IOException {
        Arguments.notNull("handler", handler);
        return stream(request).handle(handler);
    }

    /**
     * {@return an exchange without TLS, as for {@link #connect(Endpoint, ConnectOptions)}}
     * @param host a name, or an IP address without brackets
     * @param port 1 to 65535
     * @throws HttpipeException if no connection could be opened
     */
    public Exchange connect(String host, int port) throws HttpipeException {
        return connect(Endpoint.of(host, port));
    }

    /**
     * {@return an exchange without TLS, as for {@link #connect(Endpoint, ConnectOptions)}}
     * @param endpoint where to connect
     * @throws HttpipeException if no connection could be opened
     */
    public Exchange connect(Endpoint endpoint) throws HttpipeException {
        return connect(endpoint, ConnectOptions.DEFAULT);
    }

    /**
     * Opens a connection, or takes an idle one from the pool, for use {@linkplain Exchange step by step}.
     *
     * @param endpoint where to connect
     * @param options  pool, timeouts and TLS of this connection
     * @return an exchange; close it
     * @throws HttpipeException if no connection could be opened
     */
    public Exchange connect(Endpoint endpoint, ConnectOptions options) throws HttpipeException {
        calls.requireOpen();
        Timeouts own = Arguments.notNull("options", options).timeouts();
        Timeouts timeouts = Objects.requireNonNullElse(own, this.options.timeouts);
        try {
            DirectConnection connection = calls.connect(
                    Arguments.notNull("endpoint", endpoint).address(),
                    options.tls() == null ? null : options.tls().settings(),
                    options.pool(),
                    endpoint,
                    timeouts.limits());
            return new Exchange(this, connection, endpoint, options, timeouts);
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Uses a channel that the caller has connected. The exchange owns the channel from now on. No other call uses the
     * connection.
     *
     * @param connected over TCP or a Unix socket; switched to blocking mode
     * @return an exchange without TLS; close it
     * @throws IOException              if the channel is closed or fails
     * @throws IllegalArgumentException if the channel is not connected, or is registered with a selector
     */
    public Exchange attach(SocketChannel connected) throws IOException {
        calls.requireOpen();
        SocketAddress address = Arguments.notNull("connected", connected).getRemoteAddress();
        if (address == null) {
            throw new IllegalArgumentException("connected: it is not connected");
        }
        Endpoint endpoint = Endpoint.of(address);
        DirectConnection connection = calls.attach(connected, endpoint.address(), endpoint);
        return new Exchange(this, connection, endpoint, ConnectOptions.DEFAULT.maxIdlePerRoute(0), options.timeouts);
    }

    /** {@return the current state of the connection pool, for each route that has a connection or a waiting call} */
    public List<RouteStats> stats() {
        return pool.snapshot().stream().map(RouteStats::of).toList();
    }

    /**
     * Splits an http or https URI into its parts, by strict rules (RFC 3986; RFC 9110, section 4.2). The default port
     * is 80 or 443, the default path a slash. A fragment is dropped.
     *
     * {@snippet :
     * UriParts parts = Httpipe.parseUri("https://[::1]:8443/a?b=c"); // "https", "::1", 8443, "/a", "b=c"
     * }
     *
     * @param uri absolute
     * @return the parts; path and query are as in the text, neither decoded nor percent-encoded
     * @throws IllegalArgumentException for another scheme, userinfo, a bad port, a backslash, and any other ambiguity
     */
    public static UriParts parseUri(String uri) {
        ParsedUri parsed = UriParser.parse(uri);
        return new UriParts(parsed.scheme(), parsed.host(), parsed.port(), parsed.path(), parsed.query());
    }

    /**
     * {@return the parts of a URI, as for {@link #parseUri(String)}}
     * @param uri absolute
     * @throws IllegalArgumentException as for {@link #parseUri(String)}
     */
    public static UriParts parseUri(URI uri) {
        return parseUri(Arguments.notNull("uri", uri).toString());
    }

    /**
     * Closes the client. New calls throw {@link IllegalStateException}, and idle connections are closed at once.
     * Running calls, and calls that wait for a connection, may go on for the
     * {@linkplain Builder#closeGrace grace time}. Then the client closes their sockets, and they throw
     * {@link CancelledException} with the reason {@link CancelledException.Reason#CLIENT_CLOSED}.
     *
     * <p>Open streamed responses and exchanges count as running calls. Those that the closing thread itself has opened
     * are closed at once, because that thread waits in this method and cannot close them. After one second, a warning
     * in the log of {@code io.httpipe} lists the calls that this method waits for. An interrupt ends the grace time at
     * once. A second call only waits until the first call has ended. Any thread may call this method.
     */
    @Override
    public void close() {
        pool.close(NanoClock.nanos(options.closeGrace));
    }

    /** Returns the options, and whether the client has been closed. */
    @Override
    public String toString() {
        return options.describe("Httpipe").with("closed", pool.isClosed()).toString();
    }

    Outgoing outgoing(Request request) {
        Outgoing outgoing = Arguments.notNull("request", request).outgoing();
        return options.exactHeaderNames ? outgoing.withExactNames() : outgoing;
    }

    Options options() {
        return options;
    }

    CallFactory calls() {
        return calls;
    }

    /**
     * Sets the options of a client. Each option throws {@link IllegalArgumentException}, with the name of the argument,
     * for null and for a value out of range. Not thread-safe.
     *
     * {@snippet :
     * Httpipe hp = Httpipe.builder().timeout(Duration.ofSeconds(10)).maxIdlePerRoute(64).build();
     * }
     */
    public static final class Builder {
        private final Options options = new Options();
        private Dialer dialer = new Dialer(io.httpipe.internal.connect.Resolver.SYSTEM);

        private Builder() {}

        /**
         * Sets how long each step of a call may take. Default: {@link Timeouts#DEFAULT}.
         *
         * @param timeouts for each request and exchange without timeouts of its own
         * @return this builder
         */
        public Builder timeouts(Timeouts timeouts) {
            options.timeouts = Arguments.notNull("timeouts", timeouts);
            return this;
        }

        /**
         * Limits the duration of a whole call, from its start. No limit by default. If other limits apply too, such as
         * {@link Request#timeout} or a {@link Deadline}, the earliest one counts.
         *
         * @param duration positive
         * @return this builder
         */
        public Builder timeout(Duration duration) {
            options.timeout = Arguments.positive("duration", duration);
            return this;
        }

        /**
         * Limits how much a server may send. Default: {@link Limits#DEFAULT}.
         *
         * @param limits for each response
         * @return this builder
         */
        public Builder limits(Limits limits) {
            options.limits = Arguments.notNull("limits", limits);
            return this;
        }

        /**
         * Sets the TLS settings for https. Default: {@link Tls#DEFAULT}.
         *
         * @param tls for each request without settings of its own
         * @return this builder
         */
        public Builder tls(Tls tls) {
            options.tls = Arguments.notNull("tls", tls);
            return this;
        }

        /**
         * Limits the open connections of each route, idle ones included. No limit by default. Further calls wait in the
         * order of their arrival. If the queue is too long for the deadline or acquire timeout of a call, the call
         * throws {@link TimedOutException} at once. For this check, each earlier call is assumed to take as long as the
         * quickest recent call.
         *
         * @param maxConnectionsPerRoute 1 or more
         * @return this builder
         */
        public Builder maxConnectionsPerRoute(int maxConnectionsPerRoute) {
            options.maxConnectionsPerRoute = Arguments.atLeast("maxConnectionsPerRoute", 1, maxConnectionsPerRoute);
            return this;
        }

        /**
         * Limits the open connections of all routes together, idle ones included. No limit by default. Further calls
         * wait in one queue. If another route has an idle connection, it is closed for the first call of the queue.
         *
         * @param maxConnections 1 or more
         * @return this builder
         */
        public Builder maxConnections(int maxConnections) {
            options.maxConnections = Arguments.atLeast("maxConnections", 1, maxConnections);
            return this;
        }

        /**
         * Sets the age at which a connection is no longer reused. No limit by default.
         *
         * @param maxLifetime positive
         * @return this builder
         */
        public Builder maxLifetime(Duration maxLifetime) {
            options.maxLifetime = Arguments.positive("maxLifetime", maxLifetime);
            return this;
        }

        /**
         * Limits the idle connections that are kept for each route. Default: 64.
         *
         * @param maxIdlePerRoute 0 or more; with 0, each connection is used only once
         * @return this builder
         */
        public Builder maxIdlePerRoute(int maxIdlePerRoute) {
            options.maxIdlePerRoute = Arguments.atLeast("maxIdlePerRoute", 0, maxIdlePerRoute);
            return this;
        }

        /**
         * Limits the idle connections of all routes together. Default: 256, or {@link #maxIdlePerRoute} if that is
         * more. The connections that have been idle longest are closed first. If no file descriptor is left for a new
         * connection, idle connections are closed in the same order.
         *
         * @param maxIdleConnections 0 or more
         * @return this builder
         */
        public Builder maxIdleConnections(int maxIdleConnections) {
            options.maxIdleConnections = Arguments.atLeast("maxIdleConnections", 0, maxIdleConnections);
            return this;
        }

        /**
         * Limits how long an idle connection is kept. Default: 60 seconds, or less if the server asks for less.
         *
         * @param idleTimeout positive
         * @return this builder
         */
        public Builder idleTimeout(Duration idleTimeout) {
            options.idleTimeout = Arguments.positive("idleTimeout", idleTimeout);
            return this;
        }

        /**
         * Limits the bytes of a body token of an {@link Exchange}. Default: 8192.
         *
         * @param chunkSize 1 or more
         * @return this builder
         */
        public Builder chunkSize(int chunkSize) {
            options.chunkSize = Arguments.atLeast("chunkSize", 1, chunkSize);
            return this;
        }

        /**
         * Leaves header and trailer names exactly as the caller or the server spells them. By default, names have their
         * usual spelling, such as {@code ETag}. Names that the client adds always have it, and lookups always ignore
         * case. {@link Request#exactHeader} sends one header name exactly.
         *
         * @param exactHeaderNames true to leave names unchanged
         * @return this builder
         */
        public Builder exactHeaderNames(boolean exactHeaderNames) {
            options.exactHeaderNames = exactHeaderNames;
            return this;
        }

        /**
         * Sets how long {@link Httpipe#close} waits for running calls. Default: 5 seconds.
         *
         * @param closeGrace zero or more; zero ends running calls at once
         * @return this builder
         */
        public Builder closeGrace(Duration closeGrace) {
            options.closeGrace = Arguments.notNegative("closeGrace", closeGrace);
            return this;
        }

        /**
         * Records where each streamed response was opened. If a response becomes unreachable without being closed, the
         * warning in the log of {@code io.httpipe} then contains that place. Off by default, because each response
         * costs a stack trace.
         *
         * @param traceLeaks true to record
         * @return this builder
         */
        public Builder traceLeaks(boolean traceLeaks) {
            options.traceLeaks = traceLeaks;
            return this;
        }

        /**
         * Sets the resolver that looks up host addresses. Default: the resolver of the JVM.
         *
         * @param resolver thread-safe
         * @return this builder
         */
        public Builder resolver(Resolver resolver) {
            Arguments.notNull("resolver", resolver);
            return dialer(new Dialer(host -> Objects.requireNonNullElse(resolver.resolve(host), List.of())));
        }

        Builder dialer(Dialer dialer) {
            this.dialer = dialer;
            return this;
        }

        /**
         * Adds an interceptor after those added before; there is none by default.
         *
         * @param interceptor thread-safe
         * @return this builder
         */
        public Builder intercept(Interceptor interceptor) {
            options.add(Arguments.notNull("interceptor", interceptor));
            return this;
        }

        @Override
        public String toString() {
            return options.describe("Httpipe.Builder").toString();
        }

        /** {@return a new client with these options and its own connection pool} */
        public Httpipe build() {
            ClassPreloader.begin();
            return new Httpipe(options.copy(), dialer);
        }
    }
}

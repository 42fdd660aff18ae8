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
 * The client: options and a pool of connections.
 *
 * {@snippet :
 * try (Httpipe hp = Httpipe.create()) {
 *     System.out.println(hp.get("http://127.0.0.1:9090/echo").text());
 * }
 * }
 *
 * <p>Every call blocks its thread until the response is there, and is meant for a virtual thread of its own; platform
 * threads do as well. Interrupting the thread cancels the call. Redirects are not followed, cookies not kept, bodies
 * not decompressed.
 *
 * <p>A connection is used again if the response ended exactly where its framing said and neither side asked to close
 * (RFC 9112, section 9.3). If a reused one turns out to have been closed by the server before a byte of the response
 * came, an idempotent request is sent once more over a fresh one; a POST never is.
 *
 * <p>Thread-safe. Make one and keep it.
 */
public final class Httpipe implements AutoCloseable {
    private final Options options;
    private final ConnectionPool pool;
    private final CallFactory calls;

    private Httpipe(Options options, Dialer dialer) {
        this.options = options;
        this.pool = new ConnectionPool(dialer, options.poolLimits());
        this.calls = new CallFactory(
                pool,
                options.limits.wire(),
                options.timeouts.limits(),
                options.timeout == null ? NanoClock.NEVER : NanoClock.nanos(options.timeout),
                options.tls == null ? null : options.tls.settings());
    }

    /** {@return a client with the default options} */
    public static Httpipe create() {
        return builder().build();
    }

    /** {@return the options of a client, all at their defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gets a URI.
     *
     * @param uri of http or https; a fragment is not sent
     * @return the whole response, whatever its status
     * @throws HttpipeException         if no whole response came
     * @throws IllegalArgumentException for a URI that is not strictly one of http or https
     * @throws IllegalStateException    if this client has been closed
     */
    public Response get(String uri) throws HttpipeException {
        return request(Request.get(uri));
    }

    /**
     * Gets a URI, as {@link #get(String)} does.
     *
     * @param uri an http or https URI; a fragment is not sent
     * @return the whole response, whatever its status
     * @throws HttpipeException      if no whole response arrived
     * @throws IllegalStateException if this client has been closed
     */
    public Response get(URI uri) throws HttpipeException {
        return request(Request.get(uri));
    }

    /**
     * Sends a request and reads the whole response.
     *
     * @param request can be sent again, if its body can
     * @return the whole response, whatever its status
     * @throws HttpipeException         if no whole response came
     * @throws IllegalArgumentException if the request does not say where to connect
     * @throws IllegalStateException    if this client has been closed
     */
    public Response request(Request request) throws HttpipeException {
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
     * Sends a request, and gives its response as soon as the head is there; the body is read as you go. Close it.
     *
     * @param request can be sent again, if its body can
     * @return the response, which holds a connection until it has been read to its end or closed
     * @throws HttpipeException         if no response came
     * @throws IllegalArgumentException if the request does not say where to connect
     * @throws IllegalStateException    if this client has been closed
     */
    public StreamedResponse stream(Request request) throws HttpipeException {
        Call call;
        ResponseHead head;
        try {
            call = calls.stream(outgoing(request));
            head = call.start();
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
        try {
            call.detectLeak(options.traceLeaks);
            return new StreamedResponse(this, head, call);
        } catch (RuntimeException | Error e) {
            call.abandon();
            throw e;
        }
    }

    /**
     * Sends a request, lets a handler make something of the response, and closes it. Where the handler throws, an upload
     * that is still going on ends at once.
     *
     * {@snippet :
     * long size = hp.stream(Request.get(uri), response -> response.body().transferTo(out));
     * }
     *
     * @param <T>     what the handler makes of it
     * @param request can be sent again, if its body can
     * @param handler called once, on this thread, when the head is there; must not let the response out
     * @return what the handler returns
     * @throws HttpipeException         if no response came, its body failed while the handler read it, or the request
     *                                  was not sent whole although a 2xx came, unless that closes the connection
     * @throws IOException              what else the handler throws
     * @throws IllegalArgumentException if the request does not say where to connect
     * @throws IllegalStateException    if this client has been closed
     */
    public <T> T stream(Request request, StreamedResponse.Handler<T> handler) throws IOException {
        Arguments.notNull("handler", handler);
        StreamedResponse response = stream(request);
        boolean handled = false;
        try {
            T made = handler.handle(response);
            handled = true;
            // An upload may fail after the handler has returned.
            response.finish();
            return made;
        } finally {
            response.close(handled);
        }
    }

    /**
     * Connects to a port of a host, or takes an idle connection to it, for {@linkplain Exchange one step at a time}.
     *
     * @param host a name, or an IP literal without brackets
     * @param port 1 to 65535
     * @return an exchange in plain text, to be closed
     * @throws HttpipeException         if no connection could be made
     * @throws IllegalArgumentException if the host is not a name or literal, or the port out of range
     * @throws IllegalStateException    if this client has been closed
     */
    public Exchange connect(String host, int port) throws HttpipeException {
        return connect(Endpoint.of(host, port));
    }

    /**
     * Connects to an endpoint, or takes an idle connection to it, for {@linkplain Exchange one step at a time}.
     *
     * @param endpoint where to connect to
     * @return an exchange in plain text, to be closed
     * @throws HttpipeException      if no connection could be made
     * @throws IllegalStateException if this client has been closed
     */
    public Exchange connect(Endpoint endpoint) throws HttpipeException {
        return connect(endpoint, ConnectOptions.DEFAULT);
    }

    /**
     * Connects to an endpoint, or takes an idle connection to it, for {@linkplain Exchange one step at a time}.
     *
     * @param endpoint where to connect to
     * @param options  pool, times and TLS of this connection
     * @return an exchange, to be closed
     * @throws HttpipeException      if no connection could be made
     * @throws IllegalStateException if this client has been closed
     */
    public Exchange connect(Endpoint endpoint, ConnectOptions options) throws HttpipeException {
        calls.requireOpen();
        Timeouts own = Arguments.notNull("options", options).timeouts();
        Timeouts steps = own == null ? this.options.timeouts : own;
        try {
            DirectConnection connection = calls.connect(
                    Arguments.notNull("endpoint", endpoint).address(),
                    options.tls() == null ? null : options.tls().settings(),
                    options.pool(),
                    endpoint,
                    steps.limits());
            return new Exchange(this, connection, endpoint, options, steps);
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Speaks over a channel that was connected elsewhere. The exchange owns it from now on; it goes to no pool that
     * another connection could come from.
     *
     * @param connected over TCP or a Unix socket; is put in blocking mode
     * @return an exchange in plain text, to be closed
     * @throws IOException              if the channel is closed or fails
     * @throws IllegalArgumentException if the channel is not connected, or registered with a selector
     * @throws IllegalStateException    if this client has been closed
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

    /** {@return what the pools hold at this moment, for each route that has a connection or a call that waits} */
    public List<RouteStats> stats() {
        return pool.snapshot().stream().map(RouteStats::of).toList();
    }

    /**
     * Takes a URI apart, strictly (RFC 3986; RFC 9110, section 4.2).
     *
     * {@snippet :
     * UriParts parts = Httpipe.parseUri("https://[::1]:8443/a?b=c"); // "https", "::1", 8443, "/a", "b=c"
     * }
     *
     * <p>The port is 80 or 443 where none is given, the path at least a slash; a fragment is dropped.
     *
     * @param uri absolute
     * @return its parts as they stand there: escapes are left as they are, and what a {@link Request} would
     *         percent-encode is not
     * @throws IllegalArgumentException for another scheme, userinfo, a port out of range, a backslash, and all else
     *                                  that two readers could take in two ways
     */
    public static UriParts parseUri(String uri) {
        ParsedUri parsed = UriParser.parse(uri);
        return new UriParts(parsed.scheme(), parsed.host(), parsed.port(), parsed.path(), parsed.query());
    }

    /**
     * Splits a URI into its parts, as {@link #parseUri(String)} does.
     *
     * @param uri absolute
     * @return the parts
     * @throws IllegalArgumentException if it is not a valid http or https URI
     */
    public static UriParts parseUri(URI uri) {
        return parseUri(Request.text(uri));
    }

    /**
     * Closes the client: new calls are refused, idle connections closed. Running calls may go on for the
     * {@linkplain Builder#closeGrace grace time}. Then their sockets are closed, wherever they are, and they throw
     * {@link CancelledException} with {@link CancelledException.Reason#CLIENT_CLOSED}.
     *
     * <p>Streamed responses and exchanges that are open count as running calls, except those that the closing thread
     * itself has opened: their sockets are closed at once, for that thread waits here and cannot close them. After a
     * second of waiting, a warning in the log of {@code io.httpipe} says which calls the closing waits for.
     *
     * <p>A second time does nothing but wait for the end of the first. An interrupt ends the waiting, not the closing.
     * Safe from any thread.
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

    /** What the engine sends for this request. */
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
     * The options of a client. Not thread-safe.
     *
     * {@snippet :
     * Httpipe hp = Httpipe.builder()
     *         .timeout(Duration.ofSeconds(10))
     *         .maxIdlePerRoute(64)
     *         .build();
     * }
     *
     * <p>Each option throws {@link IllegalArgumentException}, naming the argument, for null and what is out of range.
     */
    public static final class Builder {
        private final Options options = new Options();
        private Dialer dialer = new Dialer(io.httpipe.internal.connect.Resolver.SYSTEM);

        private Builder() {}

        /**
         * How long each step of a call may take; {@link Timeouts#DEFAULT} by default.
         *
         * @param timeouts for each request and exchange that has none of its own
         * @return this builder
         */
        public Builder timeouts(Timeouts timeouts) {
            options.timeouts = Arguments.notNull("timeouts", timeouts);
            return this;
        }

        /**
         * How long a whole call may take, from its start; no limit by default. A request's own deadline and one that
         * surrounds the call hold as well: of all that there are the tightest wins.
         *
         * @param duration positive
         * @return this builder
         */
        public Builder timeout(Duration duration) {
            options.timeout = Arguments.positive("duration", duration);
            return this;
        }

        /**
         * How much a server may send; {@link Limits#DEFAULT} by default.
         *
         * @param limits for each response
         * @return this builder
         */
        public Builder limits(Limits limits) {
            options.limits = Arguments.notNull("limits", limits);
            return this;
        }

        /**
         * How https is spoken; {@link Tls#DEFAULT} by default.
         *
         * @param tls for each request that has none of its own
         * @return this builder
         */
        public Builder tls(Tls tls) {
            options.tls = Arguments.notNull("tls", tls);
            return this;
        }

        /**
         * How many connections may be open to each route, idle ones included; further calls wait, in their order. No
         * limit by default. A call that finds so many waiting that its deadline, or acquire timeout, could not be met
         * even if calls took no longer than the quickest of late, throws {@link TimedOutException} at once.
         *
         * @param maxConnectionsPerRoute 1 or more
         * @return this builder
         */
        public Builder maxConnectionsPerRoute(int maxConnectionsPerRoute) {
            options.maxConnectionsPerRoute = Arguments.atLeast("maxConnectionsPerRoute", 1, maxConnectionsPerRoute);
            return this;
        }

        /**
         * How many connections may be open in all, idle ones included; further calls wait, in their order whatever route
         * they take: for the first of them a connection of another route is closed. No limit by default.
         *
         * @param maxConnections 1 or more
         * @return this builder
         */
        public Builder maxConnections(int maxConnections) {
            options.maxConnections = Arguments.atLeast("maxConnections", 1, maxConnections);
            return this;
        }

        /**
         * How long after its opening a connection is still used for another request; no limit by default.
         *
         * @param maxLifetime positive
         * @return this builder
         */
        public Builder maxLifetime(Duration maxLifetime) {
            options.maxLifetime = Arguments.positive("maxLifetime", maxLifetime);
            return this;
        }

        /**
         * How many idle connections are kept for each route; 64 by default, 0 to use each connection once only.
         *
         * @param maxIdlePerRoute 0 or more
         * @return this builder
         */
        public Builder maxIdlePerRoute(int maxIdlePerRoute) {
            options.maxIdlePerRoute = Arguments.atLeast("maxIdlePerRoute", 0, maxIdlePerRoute);
            return this;
        }

        /**
         * How many idle connections are kept for all routes together; 256 by default, or {@link #maxIdlePerRoute} if that is more.
         * The connections that have been idle for longest are closed first. If no file descriptor is left for a new
         * connection, idle connections are closed for it in the same order.
         *
         * @param maxIdleConnections 0 or more
         * @return this builder
         */
        public Builder maxIdleConnections(int maxIdleConnections) {
            options.maxIdleConnections = Arguments.atLeast("maxIdleConnections", 0, maxIdleConnections);
            return this;
        }

        /**
         * How long an idle connection is kept; 60 seconds by default, and less where the server says so.
         *
         * @param idleTimeout positive
         * @return this builder
         */
        public Builder idleTimeout(Duration idleTimeout) {
            options.idleTimeout = Arguments.positive("idleTimeout", idleTimeout);
            return this;
        }

        /**
         * The most bytes that a body token of an {@link Exchange} has; 8192 by default.
         *
         * @param chunkSize 1 or more
         * @return this builder
         */
        public Builder chunkSize(int chunkSize) {
            options.chunkSize = Arguments.atLeast("chunkSize", 1, chunkSize);
            return this;
        }

        /**
         * Whether header and trailer names are sent exactly as they were given, and those of a response told exactly as
         * they were received. By default names are spelled the usual way in both directions: {@code Content-Type},
         * {@code ETag}, {@code X-Foo}. Names that the client adds itself, and lookups in any case, stay the same.
         * {@link Request#exactHeader} does it for one header.
         *
         * @param exactHeaderNames true to leave names as they are
         * @return this builder
         */
        public Builder exactHeaderNames(boolean exactHeaderNames) {
            options.exactHeaderNames = exactHeaderNames;
            return this;
        }

        /**
         * How long {@link Httpipe#close} lets running calls go on; 5 seconds by default.
         *
         * @param closeGrace zero to end them at once
         * @return this builder
         */
        public Builder closeGrace(Duration closeGrace) {
            if (Arguments.notNull("closeGrace", closeGrace).isNegative()) {
                throw new IllegalArgumentException("closeGrace: %s is negative".formatted(closeGrace));
            }
            options.closeGrace = closeGrace;
            return this;
        }

        /**
         * Whether each streamed response remembers where it was opened, for the warning in the log of
         * {@code io.httpipe} if it is dropped without being closed; that costs a stack trace each. Off by default.
         *
         * @param traceLeaks true to remember
         * @return this builder
         */
        public Builder traceLeaks(boolean traceLeaks) {
            options.traceLeaks = traceLeaks;
            return this;
        }

        /**
         * Who finds the addresses of a host; the JVM's own resolver by default.
         *
         * @param resolver thread-safe
         * @return this builder
         */
        public Builder resolver(Resolver resolver) {
            Arguments.notNull("resolver", resolver);
            return dialer(new Dialer(host -> Objects.requireNonNullElse(resolver.resolve(host), List.of())));
        }

        /** Who opens connections. */
        Builder dialer(Dialer dialer) {
            this.dialer = dialer;
            return this;
        }

        /** Returns the options as they are now. */
        @Override
        public String toString() {
            return options.describe("Httpipe.Builder").toString();
        }

        /** {@return a new client, with a pool of its own} */
        public Httpipe build() {
            ClassPreloader.begin();
            return new Httpipe(options.copy(), dialer);
        }
    }
}

package io.httpipe;

import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.ClassPreloader;
import io.httpipe.internal.call.DirectConnection;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.policy.Journeys;
import io.httpipe.internal.policy.Policies;
import io.httpipe.internal.policy.RequestDefaults;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
 * each call on a virtual thread of its own; platform threads work too. An interrupt cancels the call. By
 * default, a client does not follow redirects, keep cookies or decompress bodies.
 *
 * <p>A connection is reused if the response ended exactly where its framing said and neither side asked to close the
 * connection (RFC 9112, section 9.3). If a reused connection breaks before the first byte of the response, the client
 * sends an idempotent request one more time over a new connection, if the body can be sent again. A POST counts as
 * idempotent only with an {@code Idempotency-Key}.
 *
 * <p>Methods that send or connect throw {@link IllegalStateException} if the client has been closed, or if the body has
 * been sent before and cannot be sent again. They throw {@link IllegalArgumentException} for a null, for an invalid
 * URI, host or port, and for a request without an endpoint.
 */
public final class Httpipe implements AutoCloseable {
    private final Options options;
    private final ConnectionPool pool;
    private final CallFactory calls;

    /**
     * If the {@link Request#policies} of a request is this value, the request needs only a {@link Call}. If the client
     * has neither policies nor interceptors, this value is null. Otherwise it is an object that no request has.
     */
    private final @Nullable Policies plain;

    /** Created when a call first needs it, such as one with policies. Shared by all clients over the same pool. */
    private final AtomicReference<@Nullable Journeys> journeys;

    /** Whether this client uses the pool of another client. */
    private final boolean derived;

    private Httpipe(Options options) {
        this(options, new ConnectionPool(options.dialer, options.poolLimits()), new AtomicReference<>(), false);
    }

    private Httpipe(
            Options options, ConnectionPool pool, AtomicReference<@Nullable Journeys> journeys, boolean derived) {
        this.options = options;
        this.pool = pool;
        this.calls = options.callFactory(pool);
        // A client with policies or interceptors gets a new object here. No request has it, so none skips PolicyCalls.
        this.plain = options.isPlain() ? null : Policies.NONE.orElse(Policies.NONE);
        this.journeys = journeys;
        this.derived = derived;
    }

    /** {@return a client with the default options} */
    public static Httpipe create() {
        return builder().build();
    }

    /** {@return a builder with the default options} */
    public static Builder builder() {
        return new Builder(new Options());
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
     * @param request can be used for several calls if its body can be sent again
     * @return the whole response, whatever its status
     * @throws HttpipeException if no complete response arrived
     */
    public Response request(Request request) throws HttpipeException {
        return isPlain(request) ? sendWhole(outgoing(request)) : PolicyCalls.request(this, request);
    }

    /** Whether a request needs neither interceptors nor policies. If so, this comparison is the only extra cost. */
    @SuppressWarnings("ReferenceEquality") // otherwise plain is an object that no request has
    private boolean isPlain(Request request) {
        return Arguments.notNull("request", request).policies() == plain;
    }

    /** Sends a request without interceptors and policies, and reads the whole response. */
    Response sendWhole(Outgoing outgoing) throws HttpipeException {
        try {
            Call call = calls.call(outgoing, options.limits.maxBodySize());
            ResponseHead head = call.start();
            byte[] body = call.readAll();
            return Response.of(head, body, call, null);
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Sends a request and returns a streamed response when the response head has arrived. Close the response.
     *
     * @param request can be used for several calls if its body can be sent again
     * @return the response, which holds a connection until it has been read to its end or closed
     * @throws HttpipeException if no response head arrived
     */
    public StreamedResponse stream(Request request) throws HttpipeException {
        return isPlain(request) ? sendStreamed(outgoing(request)) : PolicyCalls.stream(this, request);
    }

    /** Sends a request without interceptors and policies. */
    StreamedResponse sendStreamed(Outgoing outgoing) throws HttpipeException {
        try {
            Call call = calls.stream(outgoing);
            return StreamedResponse.of(this, call.start(), call, null);
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
     * @param request can be used for several calls if its body can be sent again
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
     * Sends a request for server-sent events, and returns when the response has begun. If the connection is lost, or
     * has been silent for a minute, the client connects again. {@link ServerSentEvents} has the rules.
     *
     * {@snippet :
     * try (ServerSentEvents events = hp.events(Request.get(uri))) {
     *     for (ServerSentEvent event : events) {
     *         System.out.println(event.data());
     *     }
     * }
     * }
     *
     * @param request if it is not idempotent, the client does not connect again
     * @return the events; close them
     * @throws HttpipeException if there is no response, or if it is neither a 200 with events nor a 204
     */
    public ServerSentEvents events(Request request) throws HttpipeException {
        return events(request, Duration.ofMinutes(1));
    }

    /**
     * {@return server-sent events, as for {@link #events(Request)}}
     * @param request if it is not idempotent, the client does not connect again
     * @param idle    how long a connection may be silent, in place of the read timeout; positive
     * @throws HttpipeException if there is no response, or if it is neither a 200 with events nor a 204
     */
    public ServerSentEvents events(Request request, Duration idle) throws HttpipeException {
        return ServerSentEvents.of(new EventSource(this, request, idle));
    }

    /**
     * Downloads a file. If the connection is lost, the client asks for the rest, until 5 attempts in a row have brought
     * no new bytes. {@link StreamedResponse#saveTo} says how the file is written and checked.
     *
     * @param request  a GET without {@code Range}
     * @param target   replaced if it exists, when the download is complete
     * @param listener gets the progress
     * @return the last response, without its body
     * @throws IOException              if the file cannot be received or written; a {@link StatusException} for a
     *                                  status other than 200 and 203. For the rest of a file, 206 and 416 are valid too
     * @throws IllegalArgumentException if the request is not a GET or has a {@code Range}
     */
    public Response download(Request request, Path target, Progress.Listener listener) throws IOException {
        return Download.run(this, request, target, Arguments.notNull("listener", listener));
    }

    /**
     * {@return the last response of a download, as for {@link #download(Request, Path, Progress.Listener)}}
     * @param request a GET without {@code Range}
     * @param target  replaced if it exists
     * @throws IOException if the file cannot be received or written
     */
    public Response download(Request request, Path target) throws IOException {
        return Download.run(this, request, target, null);
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
     * @param options  pool, timeouts, TLS and proxy of this connection
     * @return an exchange; close it
     * @throws HttpipeException if no connection could be opened
     */
    public Exchange connect(Endpoint endpoint, ConnectOptions options) throws HttpipeException {
        calls.requireOpen();
        Timeouts own = Arguments.notNull("options", options).timeouts();
        Timeouts timeouts = Objects.requireNonNullElse(own, this.options.timeouts);
        ProxyIdentity proxy = options.proxy() == null ? null : options.proxy().engine();
        if (proxy != null && endpoint instanceof Endpoint.Unix) {
            throw new IllegalArgumentException("options: a proxy cannot connect to a Unix socket; use Proxy.NONE");
        }
        try {
            DirectConnection connection = calls.connect(
                    Arguments.notNull("endpoint", endpoint).address(),
                    options.tls() == null ? null : options.tls().settings(),
                    options.pool(),
                    proxy,
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

    /**
     * Returns a client with other options that uses the connection pool of this client.
     *
     * {@snippet :
     * Httpipe patient = hp.with(options -> options.timeout(Duration.ofMinutes(5)).redirects(Redirects.NORMAL));
     * }
     *
     * <p>Closing the new client only makes it refuse new calls. Closing this client closes the pool, and so ends the
     * calls of both.
     *
     * @param changes called once, with a builder that has the options of this client; must not keep it
     * @return the new client
     * @throws IllegalArgumentException if an option changes that belongs to the pool: the limits of connections,
     *                                  {@code idleTimeout}, {@code maxLifetime}, {@code resolver},
     *                                  {@code sockets}, {@code connectionAttemptDelay}, {@code closeGrace}
     */
    public Httpipe with(Consumer<Builder> changes) {
        calls.requireOpen();
        Builder builder = new Builder(options.copy());
        Arguments.notNull("changes", changes).accept(builder);
        Options changed = builder.options.built();
        changed.requireSamePool(options);
        return new Httpipe(changed, pool, journeys, true);
    }

    /** {@return the current state of the connection pool, for each route that has a connection or a waiting call} */
    public List<RouteStats> stats() {
        return pool.snapshot().stream().map(RouteStats::of).toList();
    }

    /**
     * Splits an http or https URI into its parts, by strict rules (RFC 3986; RFC 9110, section 4.2). The default port
     * is 80 or 443, and the default path is a slash. A fragment is dropped.
     *
     * {@snippet :
     * UriParts parts = Httpipe.parseUri("https://[::1]:8443/a?b=c"); // "https", "::1", 8443, "/a", "b=c"
     * }
     *
     * @param uri absolute
     * @return the parts; path and query are as in the text, because this method neither decodes nor encodes them
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
     * Running calls, and calls that wait for a connection, may continue for the
     * {@linkplain Builder#closeGrace grace time}. Then the client closes their sockets, and they throw
     * {@link CancelledException} with the reason {@link CancelledException.Reason#CLIENT_CLOSED}.
     *
     * <p>Open streamed responses and exchanges count as running calls. Those that the closing thread itself has opened
     * are closed at once, because that thread waits in this method and cannot close them. After one second, a warning
     * in the log of {@code io.httpipe} lists the calls that this method waits for. An interrupt ends the grace time at
     * once. A second call of this method only waits until the first one has ended. Any thread may call this method.
     *
     * <p>Calls that wait before another attempt have no connection, so they end at once. Calls that wait for a
     * {@link TlsSource} end when the last connection has ended or the grace time is over. For a client made
     * by {@link #with}, this method only makes the client refuse new calls.
     */
    @Override
    public void close() {
        calls.close();
        if (derived) {
            return;
        }
        endWaits();
        pool.close(NanoClock.nanos(options.closeGrace));
        // A derived client may have begun its first journey meanwhile. From now on, no journey can begin.
        endWaits();
    }

    private void endWaits() {
        Journeys created = journeys.get();
        if (created != null) {
            created.close();
        }
    }

    /**
     * Returns the options, and whether the client has been closed. Default headers, redirects, credentials, retries,
     * proxies, cookies, decoding and the resolver are not shown.
     */
    @Override
    public String toString() {
        return options.describe("Httpipe").with("closed", calls.isClosed()).toString();
    }

    Outgoing outgoing(Request request) {
        Outgoing outgoing = Arguments.notNull("request", request).outgoing();
        RequestDefaults defaults = options.defaults;
        return defaults == null ? outgoing : defaults.addTo(outgoing);
    }

    Journeys journeys() {
        Journeys created = journeys.get();
        if (created != null) {
            return created;
        }
        journeys.compareAndSet(null, new Journeys());
        return Objects.requireNonNull(journeys.get());
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
    public static final class Builder extends BuilderOptions {
        private Builder(Options options) {
            super(options);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the options that users expect of a general-purpose client: {@link Redirects#NORMAL} and
         * {@link Decoding#ON}. Later calls can replace these options.
         *
         * @return this builder
         */
        public Builder generalPurpose() {
            return redirects(Redirects.NORMAL).decoding(Decoding.ON);
        }

        /**
         * Sets credentials, and replaces those set before. There are none by default.
         *
         * @param credentials for each request without credentials of its own; each is sent only to its own origins
         * @return this builder
         */
        public Builder credentials(Credentials... credentials) {
            options.policies = options.policies().withAuthenticators(Credentials.authenticators(credentials));
            return this;
        }

        /**
         * Sets which calls are tried again, and when. By default, a request is sent again only if it met a dead
         * connection of the pool.
         *
         * @param retries for each request without retries of its own
         * @return this builder
         */
        public Builder retries(Retries retries) {
            options.policies = options.policies()
                    .withRetries(Arguments.notNull("retries", retries).rules());
            return this;
        }

        @Override
        public String toString() {
            return options.describe("Httpipe.Builder").toString();
        }

        /**
         * {@return a new client with these options and its own connection pool}
         *
         * @throws IllegalArgumentException if a default header is secret and there is no {@link #baseUri}
         */
        public Httpipe build() {
            ClassPreloader.begin();
            return new Httpipe(options.built());
        }
    }
}

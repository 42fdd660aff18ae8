package io.httpipe;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.policy.Cookies;
import io.httpipe.internal.policy.HandlerCookies;
import io.httpipe.internal.policy.RequestDefaults;
import io.httpipe.internal.wire.Arguments;
import java.net.CookieHandler;
import java.time.Duration;

/** Sets the options of a client for requests, connections, the connection pool, cookies and decoding. */
abstract sealed class BuilderOptions permits Httpipe.Builder {
    /** RFC 8305, section 8. */
    private static final Duration MIN_ATTEMPT_DELAY = Duration.ofMillis(100);

    private static final Duration MAX_ATTEMPT_DELAY = Duration.ofSeconds(2);

    final Options options;

    BuilderOptions(Options options) {
        this.options = options;
    }

    abstract Httpipe.Builder self();

    /**
     * Sets which redirects are followed. Default: {@link Redirects#NEVER}.
     *
     * @param redirects for each request without rules of its own
     * @return this builder
     */
    public Httpipe.Builder redirects(Redirects redirects) {
        options.policies = options.policies()
                .withRedirects(Arguments.notNull("redirects", redirects).rules());
        return self();
    }

    /**
     * Adds an interceptor, which runs after those added before. There is none by default.
     *
     * @param interceptor thread-safe
     * @return this builder
     */
    public Httpipe.Builder intercept(Interceptor interceptor) {
        options.add(Arguments.notNull("interceptor", interceptor));
        return self();
    }

    /**
     * Sets the base for requests that have only a path. Their path is added to the path of this URI.
     *
     * {@snippet :
     * Httpipe api = Httpipe.builder().baseUri("https://api.test/v1").header("Accept", "application/json").build();
     * api.get("/users?page=2"); // https://api.test/v1/users?page=2
     * }
     *
     * @param baseUri an http or https URI without a query or a fragment
     * @return this builder
     */
    public Httpipe.Builder baseUri(String baseUri) {
        RequestDefaults.parseBase(baseUri);
        options.baseUri = baseUri;
        return self();
    }

    /**
     * Sets a default header. Each request gets it, unless the request has this header already or has removed it with
     * {@link Request#withoutHeader}. The content type of a body takes precedence over a default {@code Content-Type}.
     * If there is a {@link #baseUri}, requests to other origins get only headers that hold no secrets;
     * {@link Redirects} gives examples. For an {@link Interceptor}, default headers are headers of the request like any
     * others: they stay if the interceptor changes the URI.
     *
     * @param name   case-insensitive
     * @param values at least one, in ISO 8859-1. {@code Authorization}, {@code Cookie} and
     *               {@code Proxy-Authorization} need a {@link #baseUri}, or else {@link Httpipe.Builder#build} refuses
     *               them
     * @return this builder
     */
    public Httpipe.Builder header(String name, String... values) {
        options.headers = options.headers.replacing(name, false, values);
        return self();
    }

    /**
     * Sets how long each step of a call may take. Default: {@link Timeouts#DEFAULT}.
     *
     * @param timeouts for each request and exchange without timeouts of its own
     * @return this builder
     */
    public Httpipe.Builder timeouts(Timeouts timeouts) {
        options.timeouts = Arguments.notNull("timeouts", timeouts);
        return self();
    }

    /**
     * Limits the duration of a whole call, from its start. No limit by default. If other limits apply too, such as
     * {@link Request#timeout} or a {@link Deadline}, the one that ends first counts.
     *
     * @param duration positive
     * @return this builder
     */
    public Httpipe.Builder timeout(Duration duration) {
        options.timeout = Arguments.positive("duration", duration);
        return self();
    }

    /**
     * Sets whether the bodies of responses are decoded. Default: {@link Decoding#OFF}.
     *
     * @param decoding for each request without a setting of its own
     * @return this builder
     */
    public Httpipe.Builder decoding(Decoding decoding) {
        options.policies = options.policies()
                .withDecoding(Arguments.notNull("decoding", decoding).rules());
        return self();
    }

    /**
     * Limits how much a server may send. Default: {@link Limits#DEFAULT}.
     *
     * @param limits for each response
     * @return this builder
     */
    public Httpipe.Builder limits(Limits limits) {
        options.limits = Arguments.notNull("limits", limits);
        return self();
    }

    /**
     * Sets the TLS settings for https. Default: {@link Tls#DEFAULT}.
     *
     * @param tls for each request without settings of its own
     * @return this builder
     */
    public Httpipe.Builder tls(Tls tls) {
        options.tls = Arguments.notNull("tls", tls);
        return self();
    }

    /**
     * Sets the proxy for all requests. There is none by default; the system properties of the JDK are not used.
     * Requests with {@link Request#at}, requests over Unix sockets, and {@link Httpipe#connect exchanges} do not use
     * it. Of this method and {@link #proxies}, the last call counts.
     *
     * @param proxy for each request without a proxy of its own; {@link Proxy#NONE} for none
     * @return this builder
     */
    public Httpipe.Builder proxy(Proxy proxy) {
        options.policies =
                options.policies().withProxies(Arguments.notNull("proxy", proxy).always());
        return self();
    }

    /**
     * Sets rules that choose the proxy of each request and of each redirect. Requests with {@link Request#at}, requests
     * over Unix sockets, and {@link Httpipe#connect exchanges} do not use them. Of this method and {@link #proxy}, the
     * last call counts.
     *
     * @param rules thread-safe; such as {@link ProxyRules#environment()}
     * @return this builder
     */
    public Httpipe.Builder proxies(ProxyRules rules) {
        options.policies = options.policies().withProxies(ProxyLookup.choice(Arguments.notNull("rules", rules)));
        return self();
    }

    /**
     * Limits the open connections of each route, idle ones included. A route is an endpoint with its TLS settings, its
     * proxy and its pool name. With an HTTP proxy without a tunnel, the endpoint of the route is the proxy. No limit by
     * default. Further calls wait in the order of their arrival. If the queue is too long for the deadline or acquire
     * timeout of a call, the call throws {@link TimedOutException} at once. For this check, each call that waits
     * already is assumed to take as long as the quickest recent call.
     *
     * @param maxConnectionsPerRoute 1 or more
     * @return this builder
     */
    public Httpipe.Builder maxConnectionsPerRoute(int maxConnectionsPerRoute) {
        options.maxConnectionsPerRoute = Arguments.atLeast("maxConnectionsPerRoute", 1, maxConnectionsPerRoute);
        return self();
    }

    /**
     * Limits the open connections of all routes together, idle ones included. No limit by default. To make room for a
     * call, the client closes the connection that has been idle longest, of any route. If no connection is idle, the
     * call waits; all calls wait in one queue.
     *
     * @param maxConnections 1 or more
     * @return this builder
     */
    public Httpipe.Builder maxConnections(int maxConnections) {
        options.maxConnections = Arguments.atLeast("maxConnections", 1, maxConnections);
        return self();
    }

    /**
     * Sets the age at which a connection is no longer reused. No limit by default.
     *
     * @param maxLifetime positive
     * @return this builder
     */
    public Httpipe.Builder maxLifetime(Duration maxLifetime) {
        options.maxLifetime = Arguments.positive("maxLifetime", maxLifetime);
        return self();
    }

    /**
     * Limits the idle connections that are kept for each route. Default: 64.
     *
     * @param maxIdlePerRoute 0 or more; with 0, a connection is used again only if a call waits for it
     * @return this builder
     */
    public Httpipe.Builder maxIdlePerRoute(int maxIdlePerRoute) {
        options.maxIdlePerRoute = Arguments.atLeast("maxIdlePerRoute", 0, maxIdlePerRoute);
        return self();
    }

    /**
     * Limits the idle connections of all routes together. Default: 256, or {@link #maxIdlePerRoute} if that is
     * more. The connections that have been idle longest are closed first. If no file descriptor is left for a new
     * connection, idle connections are closed in the same order.
     *
     * @param maxIdleConnections 0 or more
     * @return this builder
     */
    public Httpipe.Builder maxIdleConnections(int maxIdleConnections) {
        options.maxIdleConnections = Arguments.atLeast("maxIdleConnections", 0, maxIdleConnections);
        return self();
    }

    /**
     * Limits how long an idle connection is kept. Default: 60 seconds. If the server announces a time in
     * {@code Keep-Alive}, the connection is closed at the latest one second before that time ends.
     *
     * @param idleTimeout positive
     * @return this builder
     */
    public Httpipe.Builder idleTimeout(Duration idleTimeout) {
        options.idleTimeout = Arguments.positive("idleTimeout", idleTimeout);
        return self();
    }

    /**
     * Sets where cookies are kept. By default, cookies are neither kept nor sent. A request gets no cookies from the
     * store if it has a {@code Cookie} header of its own or has removed this header with
     * {@link Request#withoutHeader}; its responses still set cookies. An {@link Exchange} does not use the store.
     *
     * @param store for each request without a store of its own
     * @return this builder
     */
    public Httpipe.Builder cookies(CookieStore store) {
        return cookies(Arguments.notNull("store", store).cookies());
    }

    /**
     * Leaves cookies to a handler such as {@link java.net.CookieManager}, which decides by its own rules.
     *
     * @param handler called on the thread of the call, once before each request, and again after each response head,
     *                except a 407 of a proxy. It is not called before a request that has a {@code Cookie} header of
     *                its own or has removed this header. It may block, but no deadline limits it and
     *                {@link Httpipe#close} does not end it; an interrupt cancels the call. If it fails, the call throws
     *                {@link CookiesFailedException}
     * @return this builder
     */
    public Httpipe.Builder cookies(CookieHandler handler) {
        return cookies(HandlerCookies.of(Arguments.notNull("handler", handler)));
    }

    private Httpipe.Builder cookies(Cookies cookies) {
        options.policies = options.policies().withCookies(cookies);
        return self();
    }

    /**
     * Limits the bytes of a body token of an {@link Exchange}. Default: 8192.
     *
     * @param chunkSize 1 or more
     * @return this builder
     */
    public Httpipe.Builder chunkSize(int chunkSize) {
        options.chunkSize = Arguments.atLeast("chunkSize", 1, chunkSize);
        return self();
    }

    /**
     * Leaves header and trailer names exactly as the caller or the server spells them. By default, names have their
     * usual spelling, such as {@code ETag}. Names that the client adds always have their usual spelling, and lookups
     * always ignore case. {@link Request#exactHeader} sends one header name exactly.
     *
     * @param exactHeaderNames true to leave names unchanged
     * @return this builder
     */
    public Httpipe.Builder exactHeaderNames(boolean exactHeaderNames) {
        options.exactHeaderNames = exactHeaderNames;
        return self();
    }

    /**
     * Sets how long {@link Httpipe#close} waits for running calls. Default: 5 seconds.
     *
     * @param closeGrace zero or more; zero ends running calls at once
     * @return this builder
     */
    public Httpipe.Builder closeGrace(Duration closeGrace) {
        options.closeGrace = Arguments.notNegative("closeGrace", closeGrace);
        return self();
    }

    /**
     * Records the stack trace of the call that opened each streamed response. If a response becomes unreachable without
     * being closed, the warning in the log of {@code io.httpipe} then shows this stack trace. Off by default, because
     * each stack trace costs time.
     *
     * @param traceLeaks true to record
     * @return this builder
     */
    public Httpipe.Builder traceLeaks(boolean traceLeaks) {
        options.traceLeaks = traceLeaks;
        return self();
    }

    /**
     * Sets the resolver that looks up host addresses. Default: the resolver of the JVM.
     *
     * @param resolver thread-safe
     * @return this builder
     */
    public Httpipe.Builder resolver(Resolver resolver) {
        Arguments.notNull("resolver", resolver);
        options.dialer = options.dialer.withResolver(CachingResolver.engine(resolver));
        return self();
    }

    /**
     * Sets how long an attempt to connect to one address of a host may take before the next address is tried too
     * (RFC 8305, section 5). Default: 250 ms. {@link Timeouts} describes the attempts.
     *
     * @param connectionAttemptDelay 100 ms to 2 seconds
     * @return this builder
     */
    public Httpipe.Builder connectionAttemptDelay(Duration connectionAttemptDelay) {
        Arguments.notNull("connectionAttemptDelay", connectionAttemptDelay);
        if (connectionAttemptDelay.compareTo(MIN_ATTEMPT_DELAY) < 0
                || connectionAttemptDelay.compareTo(MAX_ATTEMPT_DELAY) > 0) {
            throw new IllegalArgumentException(
                    "connectionAttemptDelay: %s is not between 100 ms and 2 seconds".formatted(connectionAttemptDelay));
        }
        options.dialer = options.dialer.withAttemptDelay(connectionAttemptDelay.toNanos());
        return self();
    }

    /**
     * Sets the options of new sockets. Default: {@link Sockets#DEFAULT}.
     *
     * @param sockets for each connection of this client
     * @return this builder
     */
    public Httpipe.Builder sockets(Sockets sockets) {
        options.dialer =
                options.dialer.withSockets(Arguments.notNull("sockets", sockets).settings());
        options.sockets = sockets;
        return self();
    }

    Httpipe.Builder dialer(Dialer dialer) {
        options.dialer = dialer;
        return self();
    }
}

package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.policy.Cookies;
import io.httpipe.internal.policy.Policies;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.UriParser;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The options of a request: how, where and within which limits it is sent. */
abstract sealed class RequestOptions permits Request {
    abstract Outgoing outgoing();

    /** Returns the policies that replace those of the client; null for none. */
    abstract @Nullable Policies policies();

    /** Returns a request with this content and the same policies. */
    abstract Request with(Outgoing changed);

    /** Returns the same request with other policies. */
    abstract Request with(Policies changed);

    /**
     * Sends {@code Expect: 100-continue}. Sends the body when the server has answered {@code 100 Continue}, or when
     * this wait has passed without an answer. If the server refuses before that, it never gets the body (RFC 9110,
     * section 10.1.1). Without a body, and over HTTP/1.0, this method has no effect.
     * @param wait positive; the read timeout does not limit it
     * @return a changed copy
     */
    public Request expectContinue(Duration wait) {
        return with(outgoing().withContinueWait(NanoClock.nanos(Arguments.positive("wait", wait))));
    }

    /**
     * {@return a copy that connects to this endpoint instead of the URI's host} {@code Host} and the name that TLS
     * verifies are still those of the URI. A request that has only a path uses plain http, unless the client has a
     * {@link Httpipe.Builder#baseUri}.
     * @param endpoint where to connect; the client's proxy is not used
     * @throws IllegalArgumentException if the request has a {@link Request#proxy} other than {@link Proxy#NONE}
     */
    public Request at(Endpoint endpoint) {
        Policies own = policies();
        if (own != null && own.hasProxy()) {
            throw atAndProxy("endpoint");
        }
        return with(outgoing().at(Arguments.notNull("endpoint", endpoint).address()));
    }

    /**
     * {@return a copy that connects to this host and port, as {@link Request#at(Endpoint)} describes}
     * @param host a name, or an IP literal without brackets
     * @param port 1 to 65535
     */
    public Request at(String host, int port) {
        return at(Endpoint.of(host, port));
    }

    /**
     * {@return a copy that goes through this proxy in place of the client's} So do the requests after redirects.
     *
     * @param proxy {@link Proxy#NONE} for a direct connection
     * @throws IllegalArgumentException if {@link Request#at} says where to connect, and {@code proxy} is not
     *                                  {@link Proxy#NONE}
     */
    public Request proxy(Proxy proxy) {
        Policies changed =
                changed().withProxies(Arguments.notNull("proxy", proxy).always());
        if (proxy.engine() != null && outgoing().hasAddress()) {
            throw atAndProxy("proxy");
        }
        return with(changed);
    }

    private static IllegalArgumentException atAndProxy(String argument) {
        return new IllegalArgumentException(
                argument + ": at() says where to connect, so the request cannot go through a proxy; use Proxy.NONE");
    }

    /**
     * {@return a copy that uses only connections of the pool with this name} Requests without a pool name use another
     * pool.
     * @param name any string
     */
    public Request pool(String name) {
        return with(outgoing().withPool(Arguments.notNull("name", name)));
    }

    /**
     * {@return a copy for this HTTP version; the default is HTTP/1.1}
     * @param version HTTP/1.0 has neither trailers nor bodies of unknown length
     */
    public Request version(Version version) {
        return with(outgoing().withHttp10(Arguments.notNull("version", version) == Version.HTTP_1_0));
    }

    /**
     * {@return a copy with these timeouts in place of the client's}
     * @param timeouts the timeouts of all steps
     */
    public Request timeouts(Timeouts timeouts) {
        return with(
                outgoing().withLimits(Arguments.notNull("timeouts", timeouts).limits()));
    }

    /**
     * {@return a copy that limits the time from the start of the call to the last byte of the response} The earliest of
     * several limits applies: this one, the client's timeout, {@link Request#deadline}, and {@link Deadline#within}.
     * @param duration positive; each call gets the whole duration, and all attempts of the call share it
     */
    public Request timeout(Duration duration) {
        long nanos = NanoClock.nanos(Arguments.positive("duration", duration));
        return with(outgoing().withCallTimeout(nanos));
    }

    /**
     * {@return a copy whose call must end by this deadline} Other limits may end it earlier; see
     * {@link Request#timeout}.
     * @param deadline the same moment each time the request is sent
     */
    public Request deadline(Deadline deadline) {
        return with(
                outgoing().withDeadline(Arguments.notNull("deadline", deadline).ticks()));
    }

    /**
     * {@return a copy that limits the size of the response body} A larger body ends the call with
     * {@link BodyTooLargeException}. The limit replaces {@link Limits#maxBodySize}. It also applies to streamed bodies
     * and to the whole file of a {@link Httpipe#download download}.
     * @param bytes 0 or more, without the framing
     */
    public Request maxBodySize(long bytes) {
        return with(outgoing().withMaxBodySize(Arguments.atLeast("bytes", 0, bytes)));
    }

    /**
     * {@return a copy with these TLS settings in place of the client's} A request to an http URI does not use them.
     * @param tls sessions are resumed only between requests with the same server name and otherwise equal settings. The
     *            name comes from {@link Tls#serverName}, or else from the URI
     */
    public Request tls(Tls tls) {
        return with(outgoing().withTls(Arguments.notNull("tls", tls).settings()));
    }

    /**
     * {@return a copy with these rules for redirects in place of the client's}
     *
     * @param redirects {@link Redirects#NEVER} to follow none
     */
    public Request redirects(Redirects redirects) {
        return with(changed()
                .withRedirects(Arguments.notNull("redirects", redirects).rules()));
    }

    /**
     * {@return a copy with these credentials in place of the client's} They are used for their own origins only.
     *
     * @param credentials none at all, to use no credentials
     */
    public Request credentials(Credentials... credentials) {
        return with(changed().withAuthenticators(Credentials.authenticators(credentials)));
    }

    /**
     * {@return a copy with these retries in place of the client's}
     *
     * @param retries {@code Retries.of(1)} for none
     */
    public Request retries(Retries retries) {
        return with(changed().withRetries(Arguments.notNull("retries", retries).rules()));
    }

    /**
     * {@return a copy with this store for cookies in place of the client's}
     *
     * @param store gets the cookies of all responses of the call
     */
    public Request cookies(CookieStore store) {
        return with(changed().withCookies(Arguments.notNull("store", store).cookies()));
    }

    /**
     * {@return a copy that gets no cookies from a store, and whose responses put none into it} A {@code Cookie} header
     * of the request is still sent.
     */
    public Request withoutCookies() {
        return with(changed().withCookies(Cookies.NONE));
    }

    /**
     * {@return a copy that is treated as a request of the page at this URI, from a link or a form} If the page and the
     * server belong to different sites, the request gets no cookies with {@code SameSite=Strict}. If its method is also
     * not safe (RFC 9110, section 9.2.1), it gets only cookies with {@code SameSite=None}. By default, a request has no
     * such page and counts as a request of the same site.
     *
     * <p>A site is a scheme and the registered part of a host name, such as {@code example.com}. This part is known
     * only with {@link PublicSuffixes}; without them, each host is a site of its own. The page stays the same for all
     * redirects of the call. It is not passed to a {@link java.net.CookieHandler}.
     *
     * @param uri an http or https URI
     */
    public Request initiator(String uri) {
        return with(changed().withInitiator(Origin.of(UriParser.parse(uri))));
    }

    /**
     * {@return a copy with this decoding of the response in place of the client's}
     *
     * @param decoding {@link Decoding#OFF} to get the body as it is received
     */
    public Request decoding(Decoding decoding) {
        return with(
                changed().withDecoding(Arguments.notNull("decoding", decoding).rules()));
    }

    /**
     * {@return a copy with a new random {@code Idempotency-Key}} A server that supports this header processes requests
     * with the same key only once. So the client may send even a POST again. Call this method once for each operation,
     * and use the same request to repeat the operation.
     */
    public Request idempotencyKey() {
        return with(outgoing()
                .withHeader("Idempotency-Key", false, UUID.randomUUID().toString()));
    }

    private Policies changed() {
        Policies current = policies();
        return current == null ? Policies.NONE : current;
    }
}

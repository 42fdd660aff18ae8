package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.RequestTarget;
import io.httpipe.internal.wire.UriParser;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A request: an immutable value that can be sent any number of times, and from which others are derived.
 *
 * {@snippet :
 * Request search = Request.get("https://api.test/search").header("Accept", "application/json");
 * Response first = hp.request(search.query("q", "pipe").query("page", "1"));
 * }
 *
 * <p>A URI may be only a path if {@link #at} says where to connect. {@code Host} comes from the URI, else from
 * {@code at}, else it is {@code localhost}; {@code User-Agent} and {@code Accept} have defaults, and HTTP/1.0 adds
 * {@code Connection: keep-alive}. A header set by the caller wins over each of these. {@code Content-Length},
 * {@code Transfer-Encoding} and {@code Expect} are the client's own and cannot be set; POST, PUT and PATCH without a
 * body send {@code Content-Length: 0}. {@code Connection: close} ends the connection with the response; {@code TE} can
 * only be {@code trailers}; a server that follows an {@code Upgrade} ends call and connection with its 101.
 *
 * <p>In a URI, path or query, what is not ASCII, and {@code " < > [ ] ^ ` { | }}, is sent percent-encoded in UTF-8.
 * Every method throws {@link IllegalArgumentException}, naming the argument, for what cannot be sent: null, a URI
 * with userinfo, a space or backslash in a path or query, a control character anywhere, a header value beyond ISO
 * 8859-1, a name or method that is no token, a {@code Host} that no URI could have, a {@code Connection} option that
 * would make a server drop what ends a request.
 *
 * <p>Immutable and thread-safe, save for a body or trailers that are not.
 */
public final class Request {
    private final Outgoing outgoing;

    private Request(Outgoing outgoing) {
        this.outgoing = outgoing;
    }

    /**
     * A request with any method but CONNECT, which makes tunnels and is refused.
     *
     * @param method sent in upper case
     * @param uri    of http or https, or a path that starts with a slash; path and query are percent-encoded where they
     *               must be, escapes are left as they are
     * @return the request, without a body
     */
    public static Request of(String method, String uri) {
        String token = Arguments.token("method", method).toUpperCase(Locale.ROOT);
        if (token.equals("CONNECT")) {
            throw new IllegalArgumentException("method: CONNECT makes tunnels, not requests");
        }
        if (Arguments.notNull("uri", uri).startsWith("/")) {
            String target = UriParser.target(uri, 0, true);
            return new Request(Outgoing.toPath(token, UriParser.path(target), UriParser.query(target)));
        }
        return new Request(Outgoing.to(token, UriParser.parseToSend(uri)));
    }

    /**
     * {@return a GET}
     *
     * @param uri as for {@link #of}
     */
    public static Request get(String uri) {
        return of("GET", uri);
    }

    /**
     * {@return a HEAD, whose response has no body}
     *
     * @param uri as for {@link #of}
     */
    public static Request head(String uri) {
        return of("HEAD", uri);
    }

    /**
     * {@return a POST} The client never sends it twice, unless it has an {@code Idempotency-Key}.
     *
     * @param uri as for {@link #of}
     */
    public static Request post(String uri) {
        return of("POST", uri);
    }

    /**
     * {@return a PUT}
     *
     * @param uri as for {@link #of}
     */
    public static Request put(String uri) {
        return of("PUT", uri);
    }

    /**
     * {@return a DELETE}
     *
     * @param uri as for {@link #of}
     */
    public static Request delete(String uri) {
        return of("DELETE", uri);
    }

    /**
     * {@return a PATCH} Like a POST it is not idempotent.
     *
     * @param uri as for {@link #of}
     */
    public static Request patch(String uri) {
        return of("PATCH", uri);
    }

    /**
     * Replaces the path; a slash is put in front where there is none. What RFC 3986 does not allow there becomes
     * percent-encoded UTF-8; escapes are left as they are.
     *
     * @param path without a query; text that is not yet encoded goes to {@link #segment}
     * @return a changed copy
     */
    public Request path(String path) {
        return new Request(outgoing.withPath(UriParser.pathToSend(path)));
    }

    /**
     * Replaces the path as {@link #path} does, but sends each character as it is given, in UTF-8 if it is not ASCII.
     * Many servers refuse such a path with a 400.
     *
     * @param path without a query, a space, a control character or half a surrogate pair
     * @return a changed copy
     */
    public Request rawPath(String path) {
        return new Request(outgoing.withPath(UriParser.rawPath(path)));
    }

    /**
     * Adds one segment to the path, percent-encoded whatever it holds.
     *
     * {@snippet :
     * Request.get("https://api.test/files").segment("a b/c").target(); // "/files/a%20b%2Fc"
     * }
     *
     * <p>A slash is put between the path and the segment where there is none. All but letters, digits and
     * {@code - . _ ~ ! $ & ' ( ) * + , = : @} is encoded, in UTF-8 (RFC 3986, section 3.3).
     *
     * @param text not yet encoded; not empty, which would name the path itself, and not {@code .} or {@code ..}, which
     *             servers resolve even if encoded
     * @return a changed copy
     */
    public Request segment(String text) {
        return new Request(outgoing.withPath(UriParser.withSegment(outgoing.path(), text)));
    }

    /**
     * Replaces the query; a question mark in front is taken off. What RFC 3986 does not allow there becomes
     * percent-encoded UTF-8; escapes are left as they are. The trap: this drops the pairs that
     * {@link #query(String, String)}, which adds, has put there before.
     *
     * @param query empty for none; text that is not yet encoded goes to {@link #query(String, String)}
     * @return a changed copy
     */
    public Request query(String query) {
        return new Request(outgoing.withQuery(UriParser.queryToSend(query)));
    }

    /**
     * Replaces the query as {@link #query(String)} does, but sends each character as it is given, in UTF-8 if it is not
     * ASCII. Many servers refuse such a query with a 400.
     *
     * @param query empty for none; without a space, a control character or half a surrogate pair
     * @return a changed copy
     */
    public Request rawQuery(String query) {
        return new Request(outgoing.withQuery(UriParser.rawQuery(query)));
    }

    /**
     * Adds a pair to the query, both percent-encoded; a space becomes {@code %20}. The trap: a pair with the same key
     * stays there too, and {@link #query(String)}, which replaces, drops this one.
     *
     * @param key   not yet encoded
     * @param value not yet encoded
     * @return a changed copy
     */
    public Request query(String key, String value) {
        String encodedKey = RequestTarget.encode(Arguments.encodable("key", key));
        String encodedValue = RequestTarget.encode(Arguments.encodable("value", value));
        return new Request(outgoing.withAddedQuery(encodedKey + "=" + encodedValue));
    }

    /**
     * Adds pairs to the query in the map's order, each as {@link #query(String, String)} does.
     *
     * @param pairs not yet encoded
     * @return a changed copy
     */
    public Request query(Map<String, String> pairs) {
        Request request = this;
        for (Map.Entry<String, String> pair : Arguments.notNull("pairs", pairs).entrySet()) {
            request = request.query(pair.getKey(), pair.getValue());
        }
        return request;
    }

    /**
     * Adds a key without a value to the query.
     *
     * @param key not yet encoded
     * @return a changed copy
     */
    public Request queryFlag(String key) {
        return new Request(outgoing.withAddedQuery(RequestTarget.encode(Arguments.encodable("key", key))));
    }

    /**
     * Replaces a header: one line for each value; none at all, not even a default, where no value is given.
     *
     * @param name   in any case; sent in its usual spelling, such as {@code Content-Type}, {@code ETag}, {@code X-Foo}
     * @param values ISO 8859-1; blanks around them are taken off
     * @return a changed copy
     */
    public Request header(String name, String... values) {
        return header(name, false, values);
    }

    /**
     * Replaces a header as {@link #header} does, but sends its name exactly as it is given, for servers that compare
     * names by case. {@link Httpipe.Builder#exactHeaderNames} does so for all headers.
     *
     * {@snippet :
     * Request.put(uri).exactHeader("x-ms-meta-orderId", "7");
     * }
     *
     * @param name   in the spelling to send; refused where {@link #header} refuses it
     * @param values ISO 8859-1; spaces around them are taken off
     * @return a changed copy
     */
    public Request exactHeader(String name, String... values) {
        return header(name, true, values);
    }

    /**
     * Adds a line to a header; {@code Host}, of which there is only one, is replaced.
     *
     * @param name  in any case; sent in its usual spelling
     * @param value ISO 8859-1; blanks around it are taken off
     * @return a changed copy
     */
    public Request addHeader(String name, String value) {
        return new Request(outgoing.withAddedHeader(name, value));
    }

    /**
     * Sends this body, in place of any other; TRACE has none (RFC 9110, section 9.3.8).
     *
     * @param body its length, if known, becomes {@code Content-Length}
     * @return a changed copy
     */
    public Request body(Body body) {
        Arguments.notNull("body", body);
        if (outgoing.method().equals("TRACE")) {
            throw new IllegalArgumentException("body: TRACE has none");
        }
        return new Request(outgoing.withBody(body.content()));
    }

    /**
     * Sends these bytes as the body.
     *
     * @param bytes not copied
     * @return a changed copy
     */
    public Request body(byte[] bytes) {
        return body(Body.of(bytes));
    }

    /**
     * Sends this text, in UTF-8, as the body. {@code Content-Type} is left to the caller.
     *
     * @param text may be empty
     * @return a changed copy
     */
    public Request body(String text) {
        return body(Body.of(text));
    }

    /**
     * Sends these trailer fields behind the body, which is therefore sent in chunks; they are asked for when the body
     * has been sent. Without a body there are none.
     *
     * @param trailers called by the sending thread; fields that decide what the message means are refused
     * @return a changed copy
     */
    public Request trailers(Supplier<Headers> trailers) {
        Arguments.notNull("trailers", trailers);
        return withTrailers(() -> Arguments.notNull("trailers", trailers.get()).fields());
    }

    /** Sends these trailer fields after the body. */
    Request withTrailers(Supplier<FieldLines> trailers) {
        return new Request(outgoing.withTrailers(trailers));
    }

    /**
     * Sends the body only when the server has said {@code 100 Continue}, or nothing for this long, whatever the read
     * timeout is; a server that refuses never gets it (RFC 9110, section 10.1.1). Without a body, and over HTTP/1.0, it
     * does nothing.
     *
     * @param wait positive
     * @return a changed copy
     */
    public Request expectContinue(Duration wait) {
        return new Request(outgoing.withContinueWait(NanoClock.nanos(Arguments.positive("wait", wait))));
    }

    /**
     * Connects there, whatever the URI's host is. {@code Host}, and in TLS the name that is asked for and verified,
     * stay the URI's. A request that has only a path is plain http.
     *
     * @param endpoint where to connect to
     * @return a changed copy
     */
    public Request at(Endpoint endpoint) {
        return new Request(outgoing.at(Arguments.notNull("endpoint", endpoint).address()));
    }

    /**
     * Connects to this port of this host, as {@link #at(Endpoint)} does.
     *
     * @param host a name, or an IP literal without brackets
     * @param port 1 to 65535
     * @return a changed copy
     */
    public Request at(String host, int port) {
        return at(Endpoint.of(host, port));
    }

    /**
     * Uses connections of the pool of this name, apart from those of other names and of none.
     *
     * @param name any string
     * @return a changed copy
     */
    public Request pool(String name) {
        return new Request(outgoing.withPool(Arguments.notNull("name", name)));
    }

    /**
     * Speaks this version; HTTP/1.1 by default.
     *
     * @param version HTTP/1.0 can send neither trailers nor a body of unknown length
     * @return a changed copy
     */
    public Request version(Version version) {
        return new Request(outgoing.withHttp10(Arguments.notNull("version", version) == Version.HTTP_1_0));
    }

    /**
     * Replaces the client's timeouts.
     *
     * @param timeouts for all steps, none of them taken from the client
     * @return a changed copy
     */
    public Request timeouts(Timeouts timeouts) {
        return new Request(
                outgoing.withLimits(Arguments.notNull("timeouts", timeouts).limits()));
    }

    /**
     * Bounds the whole call to this long from its start. All deadlines combine, the request's two, the client's and one
     * that {@linkplain Deadline#within surrounds} the call: the tightest wins.
     *
     * @param duration positive; counted anew each time the request is sent
     * @return a changed copy
     */
    public Request deadline(Duration duration) {
        long nanos = NanoClock.nanos(Arguments.positive("duration", duration));
        return new Request(outgoing.withCallTimeout(nanos));
    }

    /**
     * Bounds the whole call by this moment. It combines with all others as {@link #deadline(Duration)} does: the
     * tightest wins.
     *
     * @param deadline the same moment each time the request is sent
     * @return a changed copy
     */
    public Request deadline(Deadline deadline) {
        return new Request(
                outgoing.withDeadline(Arguments.notNull("deadline", deadline).ticks()));
    }

    /**
     * The most bytes that the body of the response may have; exactly as many are allowed, one more ends the call with
     * {@link BodyTooLargeException}. It overrides {@link Limits#bodyBytes}, be it larger or smaller, and bounds a
     * streamed body too.
     *
     * @param bytes 0 or more, counted without the framing
     * @return a changed copy
     */
    public Request maxSize(long bytes) {
        return new Request(outgoing.withMaxSize(Arguments.atLeast("bytes", 0, bytes)));
    }

    /**
     * Replaces the client's TLS settings, for an https URI; makes no request https that is not.
     *
     * @param tls one to keep, for sessions are resumed only with the same value
     * @return a changed copy
     */
    public Request tls(Tls tls) {
        return new Request(outgoing.withTls(Arguments.notNull("tls", tls).settings()));
    }

    private Request header(String name, boolean exactly, String... values) {
        if (Arguments.notNull("values", values).length == 0) {
            if (name.equalsIgnoreCase("Host")) {
                throw new IllegalArgumentException("values: a request has exactly one Host");
            }
            return new Request(outgoing.withoutHeader(name));
        }
        return new Request(outgoing.withHeader(name, exactly, values));
    }

    /** {@return the method, in upper case} */
    public String method() {
        return outgoing.method();
    }

    /** {@return the path and query as they go into the request line} */
    public String target() {
        return outgoing.target();
    }

    /** {@return the headers that the caller has set, without the defaults; names in their usual spelling or exact} */
    public Headers headers() {
        return Headers.of(outgoing.fields());
    }

    /**
     * {@return where to connect to}
     *
     * @throws IllegalArgumentException if the request has only a path and {@link #at} was not called
     */
    public Endpoint endpoint() {
        return Endpoint.of(outgoing.address());
    }

    /** Whether it can be sent twice with the effect of sending it once. */
    boolean isRepeatable() {
        return outgoing.repeatable();
    }

    /** What the engine sends. */
    Outgoing outgoing() {
        return outgoing;
    }

    /** The method and the URI without its query, which may hold secrets, and where to connect to if that differs. */
    @Override
    public String toString() {
        return outgoing.toString();
    }
}

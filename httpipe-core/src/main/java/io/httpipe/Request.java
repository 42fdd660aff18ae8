package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.policy.Policies;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.RequestTarget;
import io.httpipe.internal.wire.UriParser;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request: an immutable value that can be sent any number of times. Its methods return changed copies.
 *
 * {@snippet :
 * Request search = Request.get("https://api.test/search").header("Accept", "application/json");
 * Response first = hp.request(search.query("q", "pipe").query("page", "1"));
 * }
 *
 * <p><b>Headers.</b> {@code Host} comes from the URI. If the URI is only a path, {@code Host} comes from the client's
 * {@link Httpipe.Builder#baseUri}, or else from the endpoint. For the endpoint of a Unix socket, it is
 * {@code localhost}. {@code User-Agent} and {@code Accept} have defaults, and HTTP/1.0 adds
 * {@code Connection: keep-alive}. A header that the caller sets replaces the default. Only the client sets
 * {@code Content-Length}, {@code Transfer-Encoding} and {@code Expect}. POST, PUT and PATCH without a body send
 * {@code Content-Length: 0}. {@code Connection: close} closes the connection after the response. {@code TE} can only be
 * {@code trailers}. If the server accepts an {@code Upgrade} with a 101, the call returns this response, and the
 * connection is closed.
 *
 * <p><b>Encoding.</b> In the path and query of a URI, and in {@link #path}, non-ASCII characters and
 * {@code " < > [ ] ^ ` { | }} are sent as percent-encoded UTF-8. Existing percent-escapes are sent unchanged. A host
 * with non-ASCII characters is refused.
 *
 * <p>Every method throws {@link IllegalArgumentException}, with the name of the argument, for a value that cannot be
 * sent: null, a URI with userinfo, a space in a URI, path or {@linkplain #rawQuery raw query}, a backslash in a URI or
 * {@link #path}, a control character, a header value beyond ISO 8859-1, a method or header name that is not a token, a
 * {@code Host} that no URI can have, and a {@code Connection} option that names Content-Length, Transfer-Encoding, Host
 * or Expect.
 *
 * <p>Thread-safe if its body and trailers are.
 */
public final class Request extends RequestOptions {
    private final Outgoing outgoing;

    /** The policies that replace those of the client; null for none. */
    private final @Nullable Policies policies;

    private Request(Outgoing outgoing) {
        this(outgoing, null);
    }

    private Request(Outgoing outgoing, @Nullable Policies policies) {
        this.outgoing = outgoing;
        this.policies = policies;
    }

    @Override
    Request with(Outgoing changed) {
        return new Request(changed, policies);
    }

    @Override
    Request with(Policies changed) {
        return new Request(outgoing, changed);
    }

    /**
     * Returns a request. For CONNECT, which creates tunnels, this method throws {@link IllegalArgumentException}.
     * @param method converted to upper case
     * @param uri    an http or https URI, or a path that starts with a slash
     * @return the request, without a body
     */
    public static Request of(String method, String uri) {
        String token = checkMethod(method);
        if (Arguments.notNull("uri", uri).startsWith("/")) {
            String target = UriParser.target(uri, 0, true);
            return new Request(Outgoing.toPath(token, UriParser.path(target), UriParser.query(target)));
        }
        return new Request(Outgoing.to(token, UriParser.parseToSend(uri)));
    }

    /**
     * {@return a request with any method except CONNECT}
     * @param method converted to upper case
     * @param uri    as for {@link #of(String, String)}
     */
    public static Request of(String method, URI uri) {
        return of(method, Arguments.notNull("uri", uri).toString());
    }

    private static String checkMethod(String method) {
        String token = Arguments.token("method", method).toUpperCase(Locale.ROOT);
        if (token.equals("CONNECT")) {
            throw new IllegalArgumentException("method: CONNECT is not supported, because it creates a tunnel");
        }
        return token;
    }

    /**
     * {@return a GET request}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request get(String uri) {
        return of("GET", uri);
    }

    /**
     * {@return a GET request}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request get(URI uri) {
        return of("GET", uri);
    }

    /**
     * {@return a HEAD request, whose response has no body}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request head(String uri) {
        return of("HEAD", uri);
    }

    /**
     * {@return a HEAD request, whose response has no body}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request head(URI uri) {
        return of("HEAD", uri);
    }

    /**
     * {@return a POST request} Without an {@code Idempotency-Key}, a server gets it again in only three cases: after a
     * 401 with {@link Credentials}, after a 421 with {@link Retries}, and after a 307 or 308 with {@link Redirects}.
     * @param uri as for {@link #of(String, String)}
     */
    public static Request post(String uri) {
        return of("POST", uri);
    }

    /**
     * {@return a POST request} Without an {@code Idempotency-Key}, a server gets it again in only three cases: after a
     * 401 with {@link Credentials}, after a 421 with {@link Retries}, and after a 307 or 308 with {@link Redirects}.
     * @param uri as for {@link #of(String, String)}
     */
    public static Request post(URI uri) {
        return of("POST", uri);
    }

    /**
     * {@return a PUT request}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request put(String uri) {
        return of("PUT", uri);
    }

    /**
     * {@return a PUT request}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request put(URI uri) {
        return of("PUT", uri);
    }

    /**
     * {@return a DELETE request}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request delete(String uri) {
        return of("DELETE", uri);
    }

    /**
     * {@return a DELETE request}
     * @param uri as for {@link #of(String, String)}
     */
    public static Request delete(URI uri) {
        return of("DELETE", uri);
    }

    /**
     * {@return a PATCH request} Like POST, PATCH is not idempotent.
     * @param uri as for {@link #of(String, String)}
     */
    public static Request patch(String uri) {
        return of("PATCH", uri);
    }

    /**
     * {@return a PATCH request} Like POST, PATCH is not idempotent.
     * @param uri as for {@link #of(String, String)}
     */
    public static Request patch(URI uri) {
        return of("PATCH", uri);
    }

    /**
     * {@return a copy with this method}
     * @param method any method except CONNECT; TRACE only without a body
     */
    public Request method(String method) {
        String token = checkMethod(method);
        if (token.equals("TRACE") && outgoing.body() != null) {
            throw new IllegalArgumentException("method: TRACE cannot have a body");
        }
        return with(outgoing.withMethod(token));
    }

    /**
     * {@return a copy with this URI, path and query} Everything else stays: headers, a {@code Host} that the caller has
     * set, body, timeouts and {@link #at}.
     *
     * {@snippet :
     * Request next = request.uri(URI.create(request.uri()).resolve(location));
     * }
     *
     * @param uri an http or https URI; or a path that starts with a slash, which replaces path and query only
     */
    public Request uri(String uri) {
        if (Arguments.notNull("uri", uri).startsWith("/")) {
            String target = UriParser.target(uri, 0, true);
            return with(outgoing.withTarget(UriParser.path(target), UriParser.query(target), null));
        }
        return with(outgoing.withUri(UriParser.parseToSend(uri)));
    }

    /**
     * {@return a copy with this URI}
     * @param uri as for {@link #uri(String)}
     */
    public Request uri(URI uri) {
        return uri(Arguments.notNull("uri", uri).toString());
    }

    /**
     * {@return a copy with this path} If the path does not start with a slash, a slash is added.
     * @param path without a query; {@link #segment} encodes any text
     */
    public Request path(String path) {
        return withPath(UriParser.pathToSend(path));
    }

    /**
     * {@return a copy with this path, sent unchanged} But if the path does not start with a slash, a slash is added.
     * Non-ASCII characters are sent as UTF-8 without percent-encoding. Many servers refuse that with a 400.
     * @param path without a query, a space, a control character or half a surrogate pair
     */
    public Request rawPath(String path) {
        return withPath(UriParser.rawPath(path));
    }

    /**
     * {@return a copy with one more path segment, which is percent-encoded}
     *
     * {@snippet :
     * Request.get("https://api.test/files").segment("a b/c").target(); // "/files/a%20b%2Fc"
     * }
     *
     * <p>Encodes everything except letters, digits and {@code - . _ ~ ! $ & ' ( ) * + , = : @} (RFC 3986, section 3.3).
     *
     * @param text not encoded; must not be empty, {@code .} or {@code ..}: servers resolve even encoded dots
     */
    public Request segment(String text) {
        return withPath(UriParser.withSegment(outgoing.path(), text));
    }

    /**
     * {@return a copy with this whole query, sent unchanged} Non-ASCII characters are sent as UTF-8 without
     * percent-encoding. Many servers refuse that with a 400. {@link #query(String, String)} encodes them.
     * @param query already encoded; a leading question mark is removed; empty for no query
     */
    public Request rawQuery(String query) {
        return with(outgoing.withQuery(UriParser.rawQuery(query)));
    }

    /**
     * {@return a copy with one more key and value in the query} Both are percent-encoded; a space becomes {@code %20}.
     * Earlier values of the same key stay.
     * @param key   not encoded
     * @param value not encoded
     */
    public Request query(String key, String value) {
        String encodedKey = RequestTarget.encodeComponent(Arguments.encodable("key", key));
        String encodedValue = RequestTarget.encodeComponent(Arguments.encodable("value", value));
        return withAddedQuery(encodedKey + "=" + encodedValue);
    }

    /**
     * {@return a copy with these keys and values added to the query, in the order of the map}
     * @param pairs not encoded
     */
    public Request query(Map<String, String> pairs) {
        Request request = this;
        for (Map.Entry<String, String> pair : Arguments.notNull("pairs", pairs).entrySet()) {
            request = request.query(pair.getKey(), pair.getValue());
        }
        return request;
    }

    /**
     * {@return a copy with one more key in the query, without a value}
     * @param key not encoded
     */
    public Request queryFlag(String key) {
        return withAddedQuery(RequestTarget.encodeComponent(Arguments.encodable("key", key)));
    }

    private Request withPath(String path) {
        return with(outgoing.withTarget(path, outgoing.query(), outgoing.fragment()));
    }

    /** Returns a request with one more pair or flag in its query. The argument must be encoded. */
    private Request withAddedQuery(String encoded) {
        String query = outgoing.query();
        return with(outgoing.withQuery(query == null || query.isEmpty() ? encoded : query + "&" + encoded));
    }

    /**
     * {@return a copy with this header, one line for each value, in place of the old one}
     * @param name   in upper or lower case; sent in its usual spelling, such as {@code Content-Type}, {@code ETag},
     *               {@code X-Foo}
     * @param values at least one, in ISO 8859-1; spaces around them are removed
     */
    public Request header(String name, String... values) {
        return with(outgoing.withHeader(name, false, values));
    }

    /**
     * Replaces a header as {@link #header} does, but sends its name in exactly this spelling, for servers that treat
     * header names as case-sensitive. {@link Httpipe.Builder#exactHeaderNames} does this for all headers.
     * @param name   in the spelling to send
     * @param values at least one, in ISO 8859-1; spaces around them are removed
     * @return a changed copy
     */
    public Request exactHeader(String name, String... values) {
        return with(outgoing.withHeader(name, true, values));
    }

    /**
     * {@return a copy with one more line of a header} A request has only one {@code Host}, so the new value replaces
     * the old one.
     * @param name  in upper or lower case; sent in its usual spelling
     * @param value in ISO 8859-1; spaces around it are removed
     */
    public Request addHeader(String name, String value) {
        return with(outgoing.withFields(outgoing.requestFields().adding(name, value)));
    }

    /**
     * {@return a copy without this header, even if the client sends it by default, such as {@code User-Agent}}
     * @param name in upper or lower case; not {@code Host}
     */
    public Request withoutHeader(String name) {
        return with(outgoing.withFields(outgoing.requestFields().removing(name)));
    }

    /**
     * {@return a copy with this body} TRACE cannot have one (RFC 9110, section 9.3.8).
     * @param body its length becomes {@code Content-Length} if it is known
     */
    public Request body(Body body) {
        Arguments.notNull("body", body);
        if (outgoing.method().equals("TRACE")) {
            throw new IllegalArgumentException("body: TRACE cannot have a body");
        }
        return with(outgoing.withBody(body.content()));
    }

    /**
     * {@return a copy with these bytes as the body}
     * @param bytes not copied
     */
    public Request body(byte[] bytes) {
        return body(Body.of(bytes));
    }

    /**
     * {@return a copy with this text, encoded as UTF-8, as the body} {@code Content-Type} is not set.
     * @param text may be empty
     */
    public Request body(String text) {
        return body(Body.of(text));
    }

    /**
     * {@return a copy that sends its body in chunks and then these trailers} Without a body no trailers are sent.
     * @param trailers called by the sending thread after the body. If it returns a name that a trailer must not have,
     *                 such as {@code Content-Type}, the call throws {@link IllegalArgumentException}
     */
    public Request trailers(Supplier<Headers> trailers) {
        Arguments.notNull("trailers", trailers);
        return with(outgoing.withTrailers(
                () -> Arguments.notNull("trailers", trailers.get()).fields()));
    }

    /** {@return the method, in upper case} */
    public String method() {
        return outgoing.method();
    }

    /** {@return the URI as it is sent, percent-encoded where needed; only path and query if the request has no host} */
    public String uri() {
        return outgoing.uri();
    }

    /** {@return the path and query as they go into the request line} */
    public String target() {
        return outgoing.target();
    }

    /** {@return the headers that the caller has set, without the client's defaults} */
    public Headers headers() {
        return Headers.of(outgoing.fields());
    }

    /**
     * {@return the {@code Content-Type} and {@code Content-Encoding} that the body adds when it is sent} They are not
     * in {@link #headers}. Empty if there is no body, if the body adds neither, or if the request has set or removed
     * both headers.
     */
    public Headers bodyHeaders() {
        OutgoingBody body = outgoing.body();
        if (body == null) {
            return Headers.EMPTY;
        }
        Headers added = withDefault(Headers.EMPTY, "Content-Type", body.mediaType());
        return withDefault(added, "Content-Encoding", body.contentEncoding());
    }

    private Headers withDefault(Headers added, String name, @Nullable String value) {
        boolean decided = outgoing.fields().contains(name)
                || outgoing.requestFields().suppressed().contains(name);
        return value == null || decided ? added : added.add(name, value);
    }

    /** {@return the body; null if the request has none} */
    public @Nullable Body body() {
        return outgoing.body() == null ? null : new Body(outgoing.body());
    }

    /**
     * {@return where to connect}
     *
     * @throws IllegalArgumentException if the request has only a path and {@link #at} was not called
     */
    public Endpoint endpoint() {
        return Endpoint.of(outgoing.address());
    }

    /** Whether this request can be sent twice, and that has the same effect as sending it once. */
    boolean isRepeatable() {
        return outgoing.repeatable();
    }

    @Override
    Outgoing outgoing() {
        return outgoing;
    }

    @Override
    @Nullable
    Policies policies() {
        return policies;
    }

    /** Returns the method, the endpoint of {@code at}, and the URI without its query, which may contain secrets. */
    @Override
    public String toString() {
        return outgoing.toString();
    }
}

package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.TlsSettings;
import io.httpipe.internal.pool.Route;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request with everything that is needed to send it, in the types of this package. Immutable and thread-safe, if its
 * body and trailers are. Derived values are created at first use. Two threads may create the same value; either one can
 * be used.
 */
public final class Outgoing implements Cloneable {
    /** RFC 9110, section 9.2.2; QUERY: RFC 10008. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "QUERY");

    /** The host name in requests over a Unix socket. */
    static final String LOCALHOST = "localhost";

    private String method;

    /** The host and port of the URI; null and 0 if the request has only a path. */
    private @Nullable String host;

    private int port;
    private boolean secure;
    private String path;
    private @Nullable String query;
    /** Never sent. A redirect without a fragment inherits it (RFC 9110, section 10.2.2). */
    private @Nullable String fragment;

    private RequestFields fields = RequestFields.NONE;
    private boolean exactNames;
    private boolean http10;
    private @Nullable OutgoingBody body;
    private @Nullable Supplier<FieldLines> trailers;
    private long continueWait = -1;

    /** Where to connect instead of the URI's host; null to connect to the URI's host. */
    private @Nullable SocketAddress at;

    private @Nullable String pool;
    private @Nullable TlsSettings tls;
    private CallTimeouts.@Nullable Limits limits;
    private long callTimeout = NanoClock.NEVER;
    private long deadline = NanoClock.NEVER;
    private long maxBodySize = -1;

    private @Nullable SocketAddress address;
    private @Nullable Route route;
    private @Nullable RequestHead head;
    private @Nullable Origin origin;
    private @Nullable String wholeUri;

    private @Nullable ProxyIdentity proxy;

    /** The copy that the latest call of {@link #through} returned. */
    private volatile @Nullable Outgoing proxied;

    /** The default headers that {@link #withDefaults} added to this copy. */
    private @Nullable RequestFields defaults;

    /** The copy that the latest call of {@link #withDefaults} returned. */
    private volatile @Nullable Outgoing completed;

    private Outgoing(String method, String path, @Nullable String query) {
        this.method = method;
        this.path = path;
        this.query = query;
    }

    /** Returns a request to a URI. */
    public static Outgoing to(String method, ParsedUri uri) {
        Outgoing request = new Outgoing(method, uri.path(), uri.query());
        request.fragment = uri.fragment();
        request.host = uri.host();
        request.port = uri.port();
        request.secure = uri.secure();
        return request;
    }

    /** Returns a request that has only a path and perhaps a query. */
    public static Outgoing toPath(String method, String path, @Nullable String query) {
        return new Outgoing(method, path, query);
    }

    private Outgoing copy() {
        try {
            Outgoing copy = (Outgoing) super.clone();
            copy.address = null;
            copy.route = null;
            copy.head = null;
            copy.origin = null;
            copy.wholeUri = null;
            copy.proxied = null;
            copy.completed = null;
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    public Outgoing withMethod(String newMethod) {
        Outgoing copy = copy();
        copy.method = newMethod;
        return copy;
    }

    /** Returns a copy of this request with another URI; everything else stays. */
    public Outgoing withUri(ParsedUri uri) {
        Outgoing copy = copy();
        copy.host = uri.host();
        copy.port = uri.port();
        copy.secure = uri.secure();
        copy.path = uri.path();
        copy.query = uri.query();
        copy.fragment = uri.fragment();
        return copy;
    }

    /** Returns a copy of this request with another URI and without the address of {@link #at}. */
    public Outgoing toOtherHost(ParsedUri uri) {
        Outgoing copy = withUri(uri);
        copy.at = null;
        return copy;
    }

    /** Returns this request with another path, query and fragment; null for no query or fragment. */
    public Outgoing withTarget(String newPath, @Nullable String newQuery, @Nullable String newFragment) {
        Outgoing copy = copy();
        copy.path = newPath;
        copy.query = newQuery;
        copy.fragment = newFragment;
        return copy;
    }

    public Outgoing withQuery(@Nullable String newQuery) {
        return withTarget(path, newQuery == null || newQuery.isEmpty() ? null : newQuery, fragment);
    }

    /** Returns this request with a header replaced; see {@link RequestFields#replacing}. */
    public Outgoing withHeader(String name, boolean exactly, String... values) {
        return withFields(fields.replacing(name, exactly, values));
    }

    public Outgoing withFields(RequestFields newFields) {
        Outgoing copy = copy();
        copy.fields = newFields;
        return copy;
    }

    /** Returns this request with default headers. The copy is kept, so that its head is built only once. */
    @SuppressWarnings("ReferenceEquality") // equal headers in another object only cost another copy
    public Outgoing withDefaults(RequestFields added) {
        Outgoing current = completed;
        if (current == null || current.defaults != added) {
            current = withFields(fields.withDefaults(added, name -> true));
            current.defaults = added;
            completed = current;
        }
        return current;
    }

    /** Returns this request with exact header names: the caller's spelling is sent, the server's is reported. */
    public Outgoing withExactNames() {
        if (exactNames) {
            return this;
        }
        Outgoing copy = copy();
        copy.exactNames = true;
        return copy;
    }

    public Outgoing withHttp10(boolean newHttp10) {
        Outgoing copy = copy();
        copy.http10 = newHttp10;
        return copy;
    }

    public Outgoing withBody(OutgoingBody newBody) {
        Outgoing copy = copy();
        copy.body = newBody;
        return copy;
    }

    /** Returns this request without its body, trailers and wait for 100 Continue. Headers about the body stay. */
    public Outgoing withoutBody() {
        Outgoing copy = withTrailers(null);
        copy.body = null;
        copy.continueWait = -1;
        return copy;
    }

    public Outgoing withTrailers(@Nullable Supplier<FieldLines> newTrailers) {
        Outgoing copy = copy();
        copy.trailers = newTrailers;
        return copy;
    }

    /** Returns this request with a wait for 100 Continue, in nanoseconds. */
    public Outgoing withContinueWait(long nanos) {
        Outgoing copy = copy();
        copy.continueWait = nanos;
        return copy;
    }

    public Outgoing at(SocketAddress newAddress) {
        Outgoing copy = copy();
        copy.at = newAddress;
        return copy;
    }

    /** Returns this request for an existing connection. */
    public Outgoing over(SocketAddress connectedTo, boolean encrypted) {
        Outgoing copy = at(connectedTo);
        copy.secure = encrypted;
        return copy;
    }

    public Outgoing withPool(String name) {
        Outgoing copy = copy();
        copy.pool = name;
        return copy;
    }

    /** Returns this request with TLS settings; null for the client's. */
    public Outgoing withTls(@Nullable TlsSettings settings) {
        Outgoing copy = copy();
        copy.tls = settings;
        return copy;
    }

    public Outgoing withLimits(CallTimeouts.Limits newLimits) {
        Outgoing copy = copy();
        copy.limits = newLimits;
        return copy;
    }

    /** Returns this request with a limit for the whole call, in nanoseconds. */
    public Outgoing withCallTimeout(long nanos) {
        Outgoing copy = copy();
        copy.callTimeout = nanos;
        return copy;
    }

    /** Returns this request with a deadline, a time of {@link NanoClock}. */
    public Outgoing withDeadline(long time) {
        Outgoing copy = copy();
        copy.deadline = time;
        return copy;
    }

    public Outgoing withMaxBodySize(long bytes) {
        Outgoing copy = copy();
        copy.maxBodySize = bytes;
        return copy;
    }

    /** Returns this request as it goes through a proxy. */
    public Outgoing through(ProxyIdentity chosen) {
        ProxyIdentity used = secure ? chosen.forTunnel() : chosen;
        Outgoing current = proxied;
        if (current == null || !used.equals(current.proxy)) {
            current = copy();
            current.proxy = used;
            proxied = current;
        }
        return current;
    }

    public String method() {
        return method;
    }

    public String path() {
        return path;
    }

    /** Whether the request has a URI, and not only a path. */
    public boolean hasHost() {
        return host != null;
    }

    /** The fragment of the URI; null for none. */
    public @Nullable String fragment() {
        return fragment;
    }

    /** The query without its question mark; null for none. */
    public @Nullable String query() {
        return query;
    }

    /** The request-target: path and query. */
    public String target() {
        return query == null ? path : path + "?" + query;
    }

    /** The URI; only path and query if the request has no host. */
    public String uri() {
        return host == null ? target() : origin() + target();
    }

    /** The whole URI with its fragment, which is never sent. */
    public String uriWithFragment() {
        String current = wholeUri;
        if (current == null) {
            current = origin() + target() + (fragment == null ? "" : "#" + fragment);
            wholeUri = current;
        }
        return current;
    }

    /** The parts of the URI. A request that has only a path has the host and port of its address. */
    public ParsedUri parsedUri() {
        return new ParsedUri(secure ? "https" : "http", host(), port(), path, query, fragment);
    }

    /** The origin of the URI, or of the address if the request has only a path. */
    public Origin origin() {
        Origin current = origin;
        if (current == null) {
            current = new Origin(secure, host().toLowerCase(Locale.ROOT), port());
            origin = current;
        }
        return current;
    }

    int port() {
        if (host != null) {
            return port;
        }
        return address() instanceof InetSocketAddress inet ? inet.getPort() : secure ? 443 : 80;
    }

    /** The headers that the caller has set, with names in the spelling that is reported. */
    public FieldLines fields() {
        return fields.lines();
    }

    public RequestFields requestFields() {
        return fields;
    }

    boolean exactNames() {
        return exactNames;
    }

    public boolean http10() {
        return http10;
    }

    public @Nullable OutgoingBody body() {
        return body;
    }

    /** Fails if the body can be sent only once and has been sent. */
    public void requireUnsentBody() {
        if (body != null) {
            body.requireUnsent(false);
        }
    }

    public boolean hasTrailers() {
        return trailers != null;
    }

    /** The trailer fields. Must be called when the whole body has been written. */
    FieldLines trailerFields() {
        FieldLines given = trailers == null ? FieldLines.EMPTY : ManagedHeaders.requireTrailers(trailers.get());
        return exactNames ? given.withNamesAsGiven() : given;
    }

    /** How long to wait for 100 Continue, in nanoseconds; -1 to send the body at once. */
    long continueWait() {
        return body == null || http10 ? -1 : continueWait;
    }

    /** Whether the body can be sent: there is none, or it can be sent again, or it has not been sent. */
    public boolean canSendBody() {
        return body == null || body.repeatable() || !body.isUsed();
    }

    /** Whether the request can be sent twice, and that has the same effect as sending it once. */
    public boolean repeatable() {
        return (IDEMPOTENT.contains(method) || fields().contains("Idempotency-Key"))
                && (body == null || body.repeatable());
    }

    public boolean secure() {
        return secure;
    }

    /** The host for the Host field and for TLS: the URI's host, otherwise the host of the address. */
    public String host() {
        if (host != null) {
            return host;
        }
        return address() instanceof InetSocketAddress inet ? inet.getHostString() : LOCALHOST;
    }

    /**
     * Where to connect to, with an unresolved host name.
     *
     * @throws IllegalArgumentException if the request has only a path, and {@link #at} has not set an address
     */
    public SocketAddress address() {
        SocketAddress current = address;
        if (current == null) {
            current = at;
            if (current == null) {
                if (host == null) {
                    throw new IllegalArgumentException(
                            "request: a path alone does not say where to connect; give a URI, or use at()");
                }
                current = InetSocketAddress.createUnresolved(host, port);
            }
            address = current;
        }
        return current;
    }

    public @Nullable TlsSettings tls() {
        return tls;
    }

    /** The proxy that the request goes through; null for none. */
    public @Nullable ProxyIdentity proxy() {
        return proxy;
    }

    /** Whether {@link #at} says where to connect. */
    public boolean hasAddress() {
        return at != null;
    }

    /** The route for this TLS identity. A null identity stands for plain text. */
    Route route(@Nullable TlsIdentity identity, CallTimeouts timeouts) throws IOException {
        Route current = route;
        ProxyIdentity used = proxy == null ? null : proxy.present(timeouts);
        if (current == null || !Objects.equals(current.tls(), identity) || !Objects.equals(current.proxy(), used)) {
            current = new Route(used != null && used.isForward() ? used.address() : address(), identity, pool, used);
            route = current;
        }
        return current;
    }

    /** Replaces the route with the pool's equal object. The pool then finds it without comparing contents. */
    @SuppressWarnings("ReferenceEquality") // saves a write if nothing changes
    void useRoute(Route pooled) {
        if (route != pooled) {
            route = pooled;
        }
    }

    /** The limits of the steps; null if the client's apply. */
    public CallTimeouts.@Nullable Limits limits() {
        return limits;
    }

    /** The time by which a call that starts now must end. The client may set an earlier one. */
    long deadline(long now) {
        return Math.min(NanoClock.plus(now, callTimeout), deadline);
    }

    /** The limit of the response body in bytes; -1 if the client's applies. */
    public long maxBodySize() {
        return maxBodySize;
    }

    /** The head for a body of this length; -1 for chunks. */
    RequestHead head(long bodyLength) {
        RequestHead current = head;
        if (current == null || current.bodyLength() != bodyLength) {
            current = RequestHead.of(this, bodyLength);
            head = current;
        }
        return current;
    }

    /** The method, the URI without its query (which may hold secrets), and the address if one is set. */
    @Override
    public String toString() {
        return method + " " + (host == null ? "" : origin()) + path + (at == null ? "" : " at " + Route.text(at));
    }
}

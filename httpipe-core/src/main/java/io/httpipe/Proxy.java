package io.httpipe;

import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.policy.ProxyChoice;
import io.httpipe.internal.policy.ProxyCredentials;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.ProxyUri;
import io.httpipe.internal.wire.UriParser;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A proxy, with its address, TLS settings, credentials and headers. An immutable value; its methods return changed
 * copies.
 *
 * {@snippet :
 * Proxy proxy = Proxy.http("proxy.example", 3128).credentials("user", password);
 * Httpipe hp = Httpipe.builder().proxy(proxy).build();
 * }
 *
 * <p><b>HTTP proxies</b> get each request to an {@code http} URI whole, with the whole URI in the request line (RFC
 * 9112, section 3.2.2). Such requests to different origins share the connections to the proxy. Requests to
 * {@code https} URIs go through a tunnel, which the client requests with CONNECT (RFC 9110, section 9.3.6).
 * {@link #tunnel} does the same for {@code http}. Each tunnel leads to one origin. The proxy cannot read requests that
 * use TLS in a tunnel. CONNECT contains only the host and port of such a request.
 *
 * <p><b>SOCKS5 proxies</b> (RFC 1928) connect to the origin of each request. They get the host name of the origin, not
 * its address.
 *
 * <p><b>Credentials</b> set with {@link #credentials} are never sent to an origin. If the request itself has a
 * {@code Proxy-Authorization} header, a proxy that gets the whole request gets this header instead of the credentials.
 * The header is left out in a tunnel and with a SOCKS5 proxy. It is also left out if the proxy settings of the client
 * or request choose a direct connection. With {@link Request#at}, or without any proxy settings, the header is sent to
 * the origin.
 *
 * <p>{@link Timeouts#connect} limits the whole time for the lookup of the proxy's name, the connection to the proxy,
 * and all handshakes, including the one with the origin. If the proxy refuses a whole request, its answer is the
 * response. If the proxy refuses a tunnel or a SOCKS5 connection, the call throws {@link ProxyFailedException}. If the
 * proxy cannot be reached, the call throws {@link ConnectFailedException}. With a tunnel or a SOCKS5 proxy,
 * {@link HttpipeException#phase} is {@link Phase#PROXY} after the connection to the proxy is established, until the
 * proxy has connected to the origin. With a whole request, it is {@code PROXY} only during the TLS handshake with the
 * proxy.
 *
 * <p>Create one {@code Proxy} and reuse it, because it remembers which kind of authentication the proxy asked for.
 * Thread-safe.
 */
public final class Proxy {
    /** No proxy: a direct connection, for example for one request of a client that has a proxy. */
    public static final Proxy NONE = new Proxy("", "", 0, null, null, null, RequestFields.NONE, false);

    /** The client manages these fields. */
    private static final Set<String> REFUSED = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    static {
        REFUSED.addAll(Set.of("Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade"));
    }

    private static final String HTTP = "http";
    private static final String HTTPS = "https";
    private static final String SOCKS5 = "socks5";

    /** Empty for {@link #NONE}. */
    private final String scheme;

    private final String host;
    private final int port;
    private final @Nullable String user;
    private final @Nullable String password;
    private final @Nullable Tls tls;
    private final RequestFields fields;
    private final boolean tunnel;

    /** Null for {@link #NONE}. */
    private final @Nullable ProxyIdentity identity;

    private Proxy(
            String scheme,
            String host,
            int port,
            @Nullable String user,
            @Nullable String password,
            @Nullable Tls tls,
            RequestFields fields,
            boolean tunnel) {
        this.scheme = scheme;
        this.host = host;
        this.port = port;
        this.user = user;
        this.password = password;
        this.tls = tls;
        this.fields = fields;
        this.tunnel = tunnel;
        this.identity = scheme.isEmpty() ? null : identity();
    }

    private ProxyIdentity identity() {
        ProxyCredentials login = null;
        if (user != null && password != null) {
            login = scheme.equals(SOCKS5)
                    ? ProxyCredentials.socks(user, password)
                    : ProxyCredentials.http(user, password, host, port);
        }
        Tls used = tls == null && scheme.equals(HTTPS) ? Tls.DEFAULT : tls;
        return new ProxyIdentity(
                scheme.equals(SOCKS5)
                        ? ProxyIdentity.Kind.SOCKS5
                        : tunnel ? ProxyIdentity.Kind.TUNNEL : ProxyIdentity.Kind.FORWARD,
                InetSocketAddress.createUnresolved(host, port),
                used == null ? null : used.settings(),
                fields.lines(),
                login);
    }

    private static Proxy of(String scheme, String host, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: %d is not within 1 to 65535".formatted(port));
        }
        String lower = ProxyUri.host("host", host).toLowerCase(Locale.ROOT);
        return new Proxy(scheme, lower, port, null, null, null, RequestFields.NONE, false);
    }

    /**
     * {@return an HTTP proxy, which is reached in plain text}
     *
     * @param host a name, or an IP address without brackets
     * @param port 1 to 65535; often 3128 or 8080
     * @throws IllegalArgumentException if an argument is invalid
     */
    public static Proxy http(String host, int port) {
        return of(HTTP, host, port);
    }

    /**
     * {@return an HTTP proxy, which is reached over TLS} With an {@code https} origin, there is TLS within TLS.
     *
     * @param host a name, or an IP address without brackets
     * @param port 1 to 65535; often 443
     * @throws IllegalArgumentException if an argument is invalid
     */
    public static Proxy https(String host, int port) {
        return of(HTTPS, host, port);
    }

    /**
     * {@return a SOCKS5 proxy, which looks up the names of the origins itself}
     *
     * @param host a name, or an IP address without brackets
     * @param port 1 to 65535; often 1080
     * @throws IllegalArgumentException if an argument is invalid
     */
    public static Proxy socks5(String host, int port) {
        return of(SOCKS5, host, port);
    }

    /**
     * {@return the proxy with this URI}
     *
     * {@snippet :
     * Proxy proxy = Proxy.of("http://user:secret@proxy.example:3128");
     * }
     *
     * @param uri the scheme {@code http}, {@code https}, {@code socks5} or {@code socks5h}, perhaps a user name and
     *            password, a host and perhaps a port: 80, 443 or 1080 by default. User name and password are
     *            percent-decoded. Both SOCKS schemes mean the same: the proxy gets the name of the origin
     * @throws IllegalArgumentException if the URI is invalid; the message does not show user name and password
     */
    public static Proxy of(String uri) {
        return of("uri", uri);
    }

    /**
     * Returns the proxy with a URI.
     *
     * @param argument the name of the URI in the messages of exceptions
     */
    static Proxy of(String argument, String uri) {
        ProxyUri parsed = ProxyUri.parse(argument, uri);
        Proxy proxy = of(parsed.scheme(), parsed.host(), parsed.port());
        String user = parsed.user();
        String password = parsed.password();
        try {
            return user == null ? proxy : proxy.credentials(user, password == null ? "" : password);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(argument + ": " + e.getMessage(), e);
        }
    }

    /**
     * Sets a user name and a password. They are sent only after the proxy has asked for them.
     *
     * <p>An HTTP proxy asks with a 407. The client answers with Digest (RFC 7616) if the proxy offers it, otherwise
     * with Basic (RFC 7617). The client answers one 407 for each whole request of a call, also for a request after a
     * redirect or a retry. For a tunnel, it answers one 407 each time it opens a tunnel. It answers a second 407 in a
     * row only if the nonce of Digest was stale. Without TLS to the proxy, anybody on the network path to the proxy can
     * read the password of Basic. If the body of a request cannot be sent again, the call returns the 407. A SOCKS5
     * proxy gets the password in plain text (RFC 1929).
     *
     * @param user     without control characters; for HTTP proxies, without a colon; for SOCKS5, 1 to 255 bytes
     * @param password without control characters; for SOCKS5, at most 255 bytes
     * @return a changed copy
     * @throws IllegalArgumentException if an argument is null or invalid; the message does not show the password
     * @throws IllegalStateException    if this is {@link #NONE}
     */
    public Proxy credentials(String user, String password) {
        requireProxy("credentials");
        return new Proxy(
                scheme,
                host,
                port,
                Arguments.notNull("user", user),
                Arguments.notNull("password", password),
                tls,
                fields,
                tunnel);
    }

    /**
     * Sets the TLS settings for the connection to this proxy. Default: {@link Tls#DEFAULT}. They do not apply to TLS
     * with origins.
     *
     * @param tls trust, keys and server name
     * @return a changed copy
     * @throws IllegalArgumentException if {@code tls} is null
     * @throws IllegalStateException    if this is not a proxy of {@link #https}
     */
    public Proxy tls(Tls tls) {
        if (!scheme.equals(HTTPS)) {
            throw new IllegalStateException("tls() is for Proxy.https, and this is " + this);
        }
        return new Proxy(scheme, host, port, user, password, Arguments.notNull("tls", tls), fields, tunnel);
    }

    /**
     * Sets a header for the proxy. It is sent with each CONNECT. It is also sent with each request that the proxy gets
     * whole, unless that request has this header itself. The proxy may pass the header of a whole request on to the
     * origin. Apart from the headers set here, CONNECT has only {@code Host}, {@code User-Agent} and
     * {@code Proxy-Authorization}.
     *
     * @param name   in upper or lower case; {@code Proxy-Authorization} replaces {@link #credentials}
     * @param values at least one, in ISO 8859-1
     * @return a changed copy
     * @throws IllegalArgumentException if an argument is null or invalid, or if the client manages this header
     * @throws IllegalStateException    if this is not an HTTP proxy
     */
    public Proxy header(String name, String... values) {
        requireHttp("header");
        if (REFUSED.contains(Arguments.token("name", name))) {
            throw new IllegalArgumentException("name: %s is managed by the client".formatted(name));
        }
        return new Proxy(scheme, host, port, user, password, tls, fields.replacing(name, false, values), tunnel);
    }

    /**
     * Sets whether requests to {@code http} URIs go through a tunnel too. Many proxies allow tunnels only to port 443.
     *
     * @param always false by default
     * @return a changed copy
     * @throws IllegalStateException if this is not an HTTP proxy; a SOCKS5 proxy is always a tunnel
     */
    public Proxy tunnel(boolean always) {
        requireHttp("tunnel");
        return new Proxy(scheme, host, port, user, password, tls, fields, always);
    }

    private void requireProxy(String method) {
        if (scheme.isEmpty()) {
            throw new IllegalStateException(method + "() is for a proxy, and this is Proxy.NONE");
        }
    }

    private void requireHttp(String method) {
        requireProxy(method);
        if (scheme.equals(SOCKS5)) {
            throw new IllegalStateException("%s() is for HTTP proxies, and this is %s".formatted(method, this));
        }
    }

    /** Null for a direct connection. */
    @Nullable
    ProxyIdentity engine() {
        return identity;
    }

    /** Chooses this proxy for each request. */
    ProxyChoice always() {
        return ProxyChoice.of(identity);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Proxy proxy && scheme.equals(proxy.scheme) && Objects.equals(identity, proxy.identity);
    }

    @Override
    public int hashCode() {
        return Objects.hash(scheme, identity);
    }

    /** Returns the URI, with user name and password masked, and the names of the headers. */
    @Override
    public String toString() {
        if (scheme.isEmpty()) {
            return "Proxy[NONE]";
        }
        StringBuilder text = new StringBuilder("Proxy[").append(scheme).append("://");
        if (user != null) {
            text.append("***:***@");
        }
        text.append(UriParser.authority(host)).append(':').append(port);
        for (int i = 0; i < fields.lines().size(); i++) {
            text.append(", ").append(fields.lines().name(i));
        }
        return text.append(tunnel ? ", tunnel]" : "]").toString();
    }
}

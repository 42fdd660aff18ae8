package io.httpipe;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.policy.Authenticator;
import io.httpipe.internal.policy.BasicAuthenticator;
import io.httpipe.internal.policy.BearerAuthenticator;
import io.httpipe.internal.policy.BearerToken;
import io.httpipe.internal.policy.DigestAuthenticator;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Origin;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A secret and the origins that get it (RFC 9110, section 11). No other origin ever gets it, even after a redirect.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder()
 *         .credentials(
 *                 Credentials.bearer("https://api.example.com", tokens),
 *                 Credentials.digest("http://camera.example:8080", "admin", password))
 *         .build();
 * }
 *
 * <p>An origin is a scheme, a host and a port. The origin of a request is that of its URI, even if {@link Request#at}
 * says where to connect. If the request has only a path, the origin is that of {@link Httpipe.Builder#baseUri}. Without
 * a base, it is {@code http} with the host and port of the endpoint, and {@code http://localhost} for a Unix domain
 * socket. A request that sets the header {@code Authorization} itself, or removes it with
 * {@link Request#withoutHeader}, gets no credentials.
 *
 * <p>If a server refuses the credentials, the call returns its response with status 401. If credentials of several
 * authentication schemes are bound to the origin, a request gets the first one that needs no 401, in the order in which
 * they were set. The client answers a 401 with the strongest scheme that the server asks for. The strongest is Digest
 * with SHA-512/256, then with SHA-256, then with MD5; Basic is last. Bearer answers a 401 only with a new token; see
 * {@link #bearer(String, TokenSource)}. If the client has begun to send a body that cannot be sent again, it does not
 * answer the 401, and the call returns the 401. Over {@code http}, everybody on the network path can read a password of
 * Basic and a bearer token.
 *
 * <p>Immutable and thread-safe. Create one object and keep it: it remembers the nonces and the token. Its copies made
 * by {@link #alsoFor} share them.
 */
public final class Credentials {
    private final Authenticator authenticator;

    private Credentials(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    /**
     * {@return a user name and password for Basic authentication (RFC 7617)} They are sent with each request, without
     * waiting for a 401, unless credentials for Digest are bound to the same origin; see {@link #onChallenge}. They are
     * encoded in UTF-8; see {@link #charset}.
     *
     * @param origin   such as {@code https://api.example.com} or {@code http://[::1]:8080}
     * @param user     without colons or control characters; may be empty
     * @param password without control characters; may be empty
     * @throws IllegalArgumentException if an argument is null or invalid; the message does not show the password
     */
    public static Credentials basic(String origin, String user, String password) {
        return new Credentials(BasicAuthenticator.of(origins(origin), user, password));
    }

    /**
     * {@return a fixed bearer token (RFC 6750)} It is sent with each request.
     *
     * @param origin such as {@code https://api.example.com}
     * @param token  visible ASCII characters
     * @throws IllegalArgumentException if an argument is null or invalid; the message does not show the token
     */
    public static Credentials bearer(String origin, String token) {
        return new Credentials(BearerAuthenticator.of(origins(origin), new BearerToken(token, NanoClock.NEVER)));
    }

    /**
     * {@return bearer tokens from a source (RFC 6750)} A token is sent with each request. The client gets a token from
     * the source in three cases: for the first request, for the next request if the token has expired or will expire
     * soon, and after a 401 with {@code error="invalid_token"}. After such a 401, the request is sent one more time,
     * with the new token.
     *
     * @param origin such as {@code https://api.example.com}
     * @param source used by one call at a time; until that call has the token, other calls that need a token wait
     * @throws IllegalArgumentException if an argument is null or invalid
     */
    public static Credentials bearer(String origin, TokenSource source) {
        Arguments.notNull("source", source);
        return new Credentials(BearerAuthenticator.of(origins(origin), () -> fetched(source.fetch())));
    }

    @SuppressWarnings("ConstantValue") // the caller's code may return null
    private static BearerToken fetched(AccessToken token) {
        if (token == null) {
            throw new IllegalStateException(
                    "the token source has returned null; throw an IOException if there is no token");
        }
        return token.token();
    }

    /**
     * {@return a user name and password for Digest authentication (RFC 7616)} The password is never sent. If the server
     * answers the first request with 401, the client sends this request again. Later requests use the nonce of the 401
     * as long as the server accepts it, unless the {@code domain} of the 401 excludes them.
     *
     * <p>The algorithms are MD5, SHA-256 and SHA-512/256, each with and without {@code -sess}. If the server wants the
     * body to be authenticated ({@code auth-int}) and offers nothing else, the client reads the body two times. The
     * body must then be one that can be sent again; with any other body, the call returns the 401. The calling thread
     * does the first read. If that read blocks, the call can last beyond its deadline.
     *
     * <p>A server can prove that it knows the password ({@code rspauth}). The client checks this proof if the client
     * answered with the quality of protection {@code auth}. If the proof is wrong, the call throws
     * {@link CredentialsFailedException}.
     *
     * @param origin   such as {@code http://camera.example}
     * @param user     without control characters
     * @param password without control characters
     * @throws IllegalArgumentException if an argument is null or invalid; the message does not show the password
     */
    public static Credentials digest(String origin, String user, String password) {
        return new Credentials(DigestAuthenticator.of(origins(origin), user, password));
    }

    private static Set<Origin> origins(String origin) {
        return Set.of(Origin.parse("origin", origin));
    }

    /**
     * Binds the credentials to more origins.
     *
     * @param origins such as {@code https://files.example.com}
     * @return a changed copy
     * @throws IllegalArgumentException if an origin is null or malformed
     */
    public Credentials alsoFor(String... origins) {
        Set<Origin> all = new LinkedHashSet<>(authenticator.origins());
        for (String origin : Arguments.notNull("origins", origins)) {
            all.add(Origin.parse("origins", origin));
        }
        return new Credentials(authenticator.boundTo(all));
    }

    /**
     * Sends a password of Basic authentication only after a server has asked for it with 401. Each call then needs two
     * requests.
     *
     * @return a changed copy
     * @throws IllegalStateException if these are not credentials for Basic authentication
     */
    public Credentials onChallenge() {
        return new Credentials(basic("onChallenge").afterChallenge());
    }

    /**
     * Sets how Basic authentication encodes the user name and password. A server that asks for UTF-8 always gets UTF-8
     * (RFC 7617, section 2.1).
     *
     * @param charset UTF-8 by default; it must encode ASCII text as ASCII
     * @return a changed copy
     * @throws IllegalArgumentException if the charset is null, does not encode ASCII text as ASCII, or cannot
     *                                  represent the user name and password
     * @throws IllegalStateException    if these are not credentials for Basic authentication
     */
    public Credentials charset(Charset charset) {
        return new Credentials(basic("charset").withCharset(charset));
    }

    private BasicAuthenticator basic(String method) {
        if (authenticator instanceof BasicAuthenticator basic) {
            return basic;
        }
        throw new IllegalStateException("%s() is for Credentials.basic, and these are %s".formatted(method, this));
    }

    /** Returns the authenticators of several credentials, in the same order. */
    static List<Authenticator> authenticators(Credentials... credentials) {
        List<Authenticator> authenticators = new ArrayList<>();
        for (Credentials one : Arguments.notNull("credentials", credentials)) {
            authenticators.add(Arguments.notNull("credentials", one).authenticator);
        }
        return authenticators;
    }

    /** Returns the scheme and the origins, without user names, passwords and tokens. */
    @Override
    public String toString() {
        return "Credentials[%s]".formatted(authenticator);
    }
}

package io.httpipe.internal.policy;

import io.httpipe.internal.call.BodyFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.Parameters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Proves that the client knows a password, without sending it (RFC 7616, and RFC 2617 for older servers). Uses a nonce
 * again with the next count, so that most requests need no challenge. Thread-safe.
 */
public final class DigestAuthenticator extends Authenticator {
    private static final int CLIENT_NONCE_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** The user name, with one character for each byte of UTF-8. The password has the same form. */
    private final String user;

    private final String password;
    private final Supplier<String> clientNonces;
    private final DigestSessions sessions;

    private DigestAuthenticator(
            Set<Origin> origins, String user, String password, Supplier<String> clientNonces, DigestSessions sessions) {
        super(origins);
        this.user = user;
        this.password = password;
        this.clientNonces = clientNonces;
        this.sessions = sessions;
    }

    public static DigestAuthenticator of(Set<Origin> origins, String user, String password) {
        return of(origins, user, password, DigestAuthenticator::randomNonce);
    }

    /** Creates an authenticator for a proxy; see {@link DigestSessions}. */
    static DigestAuthenticator ofProxy(Set<Origin> proxy, String user, String password) {
        return of(proxy, user, password, DigestAuthenticator::randomNonce, true);
    }

    static DigestAuthenticator of(Set<Origin> origins, String user, String password, Supplier<String> clientNonces) {
        return of(origins, user, password, clientNonces, false);
    }

    private static DigestAuthenticator of(
            Set<Origin> origins, String user, String password, Supplier<String> clientNonces, boolean exclusive) {
        return new DigestAuthenticator(
                origins,
                UserText.byteText(UserText.checked("user", user)),
                UserText.byteText(UserText.checked("password", password)),
                clientNonces,
                new DigestSessions(exclusive));
    }

    private static String randomNonce() {
        byte[] nonce = new byte[CLIENT_NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return DigestAlgorithm.hex(nonce);
    }

    /** The copy knows the same nonces. Each nonce is used for its own origin only. */
    @Override
    public DigestAuthenticator boundTo(Set<Origin> newOrigins) {
        return new DigestAuthenticator(newOrigins, user, password, clientNonces, sessions);
    }

    @Override
    String scheme() {
        return "Digest";
    }

    @Override
    @Nullable
    Answer preemptive(Outgoing request, CallTimeouts timeouts, Waits waits) throws IOException {
        DigestSession session = sessions.expected(request.origin(), target(request));
        return session == null || !canCover(request, session.challenge()) ? null : answer(request, session, timeouts);
    }

    @Override
    int strength(Outgoing request, Challenge challenge, @Nullable Answer refused) {
        DigestChallenge digest = DigestChallenge.of(challenge);
        return digest == null || !canCover(request, digest)
                ? 0
                : digest.algorithm().strength();
    }

    @Override
    Answer answer(Outgoing request, Challenge challenge, @Nullable Answer refused, CallTimeouts timeouts, Waits waits)
            throws IOException {
        return answer(request, session(request, challenge), timeouts);
    }

    @Override
    void learn(Outgoing request, Challenge challenge, @Nullable Answer refused) {
        sessions.putBack(session(request, challenge));
    }

    private DigestSession session(Outgoing request, Challenge challenge) {
        DigestChallenge digest = DigestChallenge.of(challenge);
        if (digest == null) {
            throw new AssertionError("the challenge has a strength of 0");
        }
        Origin origin = request.origin();
        return sessions.of(origin, digest, () -> DigestSession.of(origin, digest, user, password, clientNonces.get()));
    }

    /** Whether the answer can include a hash of the body, if the challenge asks for one. */
    private static boolean canCover(Outgoing request, DigestChallenge challenge) {
        OutgoingBody body = request.body();
        return !challenge.coversBody() || body == null || body.repeatable();
    }

    private Answer answer(Outgoing request, DigestSession session, CallTimeouts timeouts) throws IOException {
        DigestChallenge challenge = session.challenge();
        String target = target(request);
        String action = request.method() + ":" + target;
        if (challenge.coversBody()) {
            action += ":" + bodyHash(request.body(), challenge.algorithm(), timeouts);
        }
        String count = session.nextCount();
        StringBuilder value = new StringBuilder("Digest ").append(userParameter(challenge));
        add(value, "realm", Parameters.quote(challenge.realm()));
        add(value, "uri", Parameters.quote(target));
        add(value, "algorithm", challenge.algorithmName());
        add(value, "nonce", Parameters.quote(challenge.nonce()));
        if (challenge.qop() != null) {
            add(value, "nc", count);
            add(value, "qop", challenge.qop());
        }
        if (challenge.qop() != null || challenge.algorithm().session()) {
            add(value, "cnonce", Parameters.quote(session.clientNonce()));
        }
        add(value, "response", Parameters.quote(session.response(count, action)));
        if (challenge.opaque() != null) {
            add(value, "opaque", Parameters.quote(challenge.opaque()));
        }
        if (challenge.userHash()) {
            add(value, "userhash", "true");
        }
        return new DigestAnswer(value.toString(), sessions, session, count, target);
    }

    private static void add(StringBuilder value, String name, @Nullable String text) {
        if (text != null) {
            value.append(", ").append(name).append('=').append(text);
        }
    }

    /** Sends a name that is not ASCII in {@code username*} if the server expects UTF-8 (RFC 7616, section 3.4). */
    private String userParameter(DigestChallenge challenge) {
        if (challenge.userHash()) {
            return "username=\"" + challenge.algorithm().hash(user + ":" + challenge.realm()) + '"';
        }
        return challenge.utf8() && !UserText.isAscii(user)
                ? "username*=UTF-8''" + UserText.percentEncoded(user)
                : "username=" + Parameters.quote(user);
    }

    /** The request target, with one character for each byte that is sent. */
    private static String target(Outgoing request) {
        String target = request.target();
        return UserText.isAscii(target)
                ? target
                : new String(target.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String bodyHash(@Nullable OutgoingBody body, DigestAlgorithm algorithm, CallTimeouts timeouts)
            throws IOException {
        HashOutput hash = new HashOutput(algorithm.function(), timeouts);
        if (body != null) {
            try {
                body.copyTo(hash);
            } catch (IOException e) {
                IOException end = CallEnd.after(e, timeouts);
                throw end == null ? new BodyFailedException(e) : end;
            }
        }
        return DigestAlgorithm.hex(hash.digest());
    }
}

package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A nonce of an origin, and how often it has been used. Texts have one character for each byte, as in the fields of a
 * message. Thread-safe.
 */
final class DigestSession {
    private final Origin origin;
    private final DigestChallenge challenge;

    /** The prefixes of all request targets in the protection space; empty for the whole origin. */
    private final List<String> space;

    /** The client's nonce. One for all uses of the server's nonce is enough, because each use has another count. */
    private final String clientNonce;

    /** H(A1) of RFC 7616, section 3.4.2, which is worth as much as the password in this realm. */
    private final String secret;

    private final AtomicInteger uses = new AtomicInteger();

    private DigestSession(
            Origin origin, DigestChallenge challenge, List<String> space, String clientNonce, String secret) {
        this.origin = origin;
        this.challenge = challenge;
        this.space = space;
        this.clientNonce = clientNonce;
        this.secret = secret;
    }

    /** Starts the use of the nonce in a challenge. */
    static DigestSession of(
            Origin origin, DigestChallenge challenge, String user, String password, String clientNonce) {
        DigestAlgorithm algorithm = challenge.algorithm();
        String secret = algorithm.hash(user + ":" + challenge.realm() + ":" + password);
        if (algorithm.session()) {
            secret = algorithm.hash(secret + ":" + challenge.nonce() + ":" + clientNonce);
        }
        return new DigestSession(origin, challenge, protectionSpace(origin, challenge.domain()), clientNonce, secret);
    }

    /** Starts the use of the next nonce. A session algorithm still uses the secret that belongs to the first nonce. */
    DigestSession withNonce(String nonce) {
        return new DigestSession(origin, challenge.withNonce(nonce), space, clientNonce, secret);
    }

    /**
     * Reads the parameter {@code domain}. URIs of other origins are ignored, so those origins get no credentials. If no
     * URI is on this origin, the parameter is ignored, because a proxy may have changed the URIs.
     */
    private static List<String> protectionSpace(Origin origin, @Nullable String domain) {
        List<String> targets = new ArrayList<>();
        for (String uri : domain == null ? new String[0] : domain.split(" ", -1)) {
            if (uri.startsWith("/") && !uri.startsWith("//")) {
                targets.add(uri);
            } else if (uri.contains("://")) {
                addTarget(targets, origin, uri);
            }
        }
        return List.copyOf(targets);
    }

    private static void addTarget(List<String> targets, Origin origin, String uri) {
        try {
            ParsedUri parsed = UriParser.parse(uri);
            if (Origin.of(parsed).equals(origin)) {
                targets.add(parsed.query() == null ? parsed.path() : parsed.path() + "?" + parsed.query());
            }
        } catch (IllegalArgumentException e) {
            // No request of this client can have this URI.
        }
    }

    DigestChallenge challenge() {
        return challenge;
    }

    String clientNonce() {
        return clientNonce;
    }

    /** Whether this is a nonce of this origin and realm. */
    boolean isOf(Origin otherOrigin, String realm) {
        return origin.equals(otherOrigin) && challenge.realm().equals(realm);
    }

    /**
     * Whether the server is expected to ask for this realm when it gets this request. A proxy asks for its realm for
     * all targets. Targets for a proxy do not start with a slash (RFC 7616, section 3.3).
     */
    boolean covers(Origin requestOrigin, String target) {
        return origin.equals(requestOrigin)
                && (space.isEmpty() || !target.startsWith("/") || space.stream().anyMatch(target::startsWith));
    }

    /** Counts one more use. Returns the count as eight hexadecimal digits. */
    String nextCount() {
        return "%08x".formatted(uses.incrementAndGet());
    }

    /**
     * Computes {@code response}, the client's proof, or {@code rspauth}, the server's proof.
     *
     * @param count  the count of this use
     * @param action A2 of RFC 7616, section 3.4.3
     */
    String response(String count, String action) {
        DigestAlgorithm algorithm = challenge.algorithm();
        String use = challenge.qop() == null ? "" : count + ":" + clientNonce + ":" + challenge.qop() + ":";
        return algorithm.hash(secret + ":" + challenge.nonce() + ":" + use + algorithm.hash(action));
    }

    @Override
    public String toString() {
        return "DigestSession[%s]".formatted(origin);
    }
}

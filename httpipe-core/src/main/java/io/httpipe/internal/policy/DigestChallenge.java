package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Challenge;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A challenge of the Digest scheme that can be answered (RFC 7616, section 3.3). Texts have one character for each
 * byte, as they were received.
 *
 * @param algorithmName as it was received; null if it was missing
 * @param qop           the quality of protection to use; null if the server offers none; the answer then follows RFC
 *                      2069 and 2617
 * @param userHash      whether the server wants the hash of the user name
 * @param utf8          whether the server has said that it expects UTF-8
 * @param domain        the URIs of the protection space; null for the whole origin
 */
record DigestChallenge(
        String realm,
        String nonce,
        @Nullable String opaque,
        @Nullable String algorithmName,
        DigestAlgorithm algorithm,
        @Nullable String qop,
        boolean userHash,
        boolean utf8,
        @Nullable String domain) {
    static final String AUTH = "auth";

    /** Authenticates the request body too. */
    static final String AUTH_INT = "auth-int";

    /** Returns null if the challenge has another scheme, or cannot be answered. */
    static @Nullable DigestChallenge of(Challenge challenge) {
        String realm = challenge.parameter("realm");
        String nonce = challenge.parameter("nonce");
        String algorithmName = challenge.parameter("algorithm");
        if (!challenge.scheme().equals("digest") || realm == null || nonce == null) {
            return null;
        }
        DigestAlgorithm algorithm = DigestAlgorithm.of(algorithmName);
        List<String> offered = offeredQops(challenge.parameter("qop"));
        boolean auth = offered.contains(AUTH);
        boolean known = auth || offered.contains(AUTH_INT) || offered.isEmpty();
        if (algorithm == null || !known) {
            return null;
        }
        return new DigestChallenge(
                realm,
                nonce,
                challenge.parameter("opaque"),
                algorithmName,
                algorithm,
                auth ? AUTH : offered.isEmpty() ? null : AUTH_INT,
                challenge.has("userhash", "true"),
                challenge.has("charset", "UTF-8"),
                challenge.parameter("domain"));
    }

    private static List<String> offeredQops(@Nullable String list) {
        return list == null || list.isBlank()
                ? List.of()
                : List.of(list.strip().toLowerCase(Locale.ROOT).split("[ \t,]+", -1));
    }

    /** Whether an answer to this challenge must include a hash of the request body. */
    boolean coversBody() {
        return AUTH_INT.equals(qop);
    }

    /** Whether the server counts the answers to both challenges together. */
    boolean hasNonceOf(DigestChallenge other) {
        return nonce.equals(other.nonce)
                && algorithm.equals(other.algorithm)
                && Objects.equals(qop, other.qop)
                && Objects.equals(opaque, other.opaque)
                && userHash == other.userHash;
    }

    DigestChallenge withNonce(String newNonce) {
        return new DigestChallenge(realm, newNonce, opaque, algorithmName, algorithm, qop, userHash, utf8, domain);
    }
}

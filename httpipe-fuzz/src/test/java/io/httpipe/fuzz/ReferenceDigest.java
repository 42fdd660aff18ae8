package io.httpipe.fuzz;

import io.httpipe.fuzz.ReferenceChallengeParser.ParsedChallenge;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decides how strong a challenge is and computes its response, according to RFC 7616. */
final class ReferenceDigest {
    /** From the weakest to the strongest. */
    private static final List<String> ALGORITHMS = List.of("MD5", "SHA-256", "SHA-512-256");

    private static final Map<String, String> JDK_NAMES =
            Map.of("MD5", "MD5", "SHA-256", "SHA-256", "SHA-512-256", "SHA-512/256");

    private ReferenceDigest() {}

    /** 0 for a challenge that cannot be answered, 1 for Basic, and more for Digest. */
    static int strength(ParsedChallenge challenge) {
        if (challenge.scheme().equals("basic")) {
            return 1;
        }
        boolean complete = challenge.scheme().equals("digest")
                && challenge.parameter("realm") != null
                && challenge.parameter("nonce") != null;
        boolean answerable = qops(challenge).isEmpty() || qop(challenge) != null;
        return complete && answerable && ALGORITHMS.contains(function(challenge))
                ? 2 + ALGORITHMS.indexOf(function(challenge))
                : 0;
    }

    private static String algorithm(ParsedChallenge challenge) {
        return Objects.requireNonNullElse(challenge.parameter("algorithm"), "MD5")
                .toUpperCase(Locale.ROOT);
    }

    private static String function(ParsedChallenge challenge) {
        return algorithm(challenge).replaceFirst("-SESS$", "");
    }

    private static List<String> qops(ParsedChallenge challenge) {
        String list = Objects.requireNonNullElse(challenge.parameter("qop"), "");
        return Arrays.stream(list.toLowerCase(Locale.ROOT).split("[ \\t,]", -1))
                .filter(qop -> !qop.isEmpty())
                .toList();
    }

    /** The quality of protection that a client uses; null if the server offers none that the client knows. */
    static @Nullable String qop(ParsedChallenge challenge) {
        return qops(challenge).contains("auth") ? "auth" : qops(challenge).contains("auth-int") ? "auth-int" : null;
    }

    /** The response to a challenge, for a request without a body. */
    static String response(
            ParsedChallenge challenge, String user, String password, String clientNonce, String method, String target) {
        String nonce = challenge.parameter("nonce");
        String secret = hash(challenge, user, challenge.parameter("realm"), password);
        if (algorithm(challenge).endsWith("-SESS")) {
            secret = hash(challenge, secret, nonce, clientNonce);
        }
        String qop = qop(challenge);
        String action = "auth-int".equals(qop)
                ? hash(challenge, method, target, hash(challenge, ""))
                : hash(challenge, method, target);
        return qop == null
                ? hash(challenge, secret, nonce, action)
                : hash(challenge, secret, nonce, "00000001", clientNonce, qop, action);
    }

    static String hash(ParsedChallenge challenge, @Nullable String... parts) {
        try {
            MessageDigest function =
                    MessageDigest.getInstance(Objects.requireNonNull(JDK_NAMES.get(function(challenge))));
            return HexFormat.of().formatHex(function.digest(Bytes.of(String.join(":", parts))));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

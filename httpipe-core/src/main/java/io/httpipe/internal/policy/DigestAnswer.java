package io.httpipe.internal.policy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One use of a nonce. Checks the proof of the server only with {@code qop=auth}. With {@code auth-int}, the proof
 * covers the response body, which has not been read yet. For one thread.
 */
final class DigestAnswer extends Answer {
    private final DigestSessions sessions;
    private final DigestSession session;
    private final String count;
    private final String target;

    /** The nonce that the next request uses; null after it has been put back. */
    private @Nullable DigestSession next;

    DigestAnswer(String value, DigestSessions sessions, DigestSession session, String count, String target) {
        super(value);
        this.sessions = sessions;
        this.session = session;
        this.count = count;
        this.target = target;
        this.next = session;
    }

    /** RFC 7616, section 3.5. */
    @Override
    void accepted(Map<String, String> info) throws IOException {
        String proof = info.get("rspauth");
        boolean comparable = DigestChallenge.AUTH.equals(session.challenge().qop())
                && !DigestChallenge.AUTH_INT.equalsIgnoreCase(info.get("qop"));
        if (proof != null && comparable && !isEqual(proof, session.response(count, ":" + target))) {
            sessions.forget(session);
            throw new ServerProofException();
        }
        String nonce = info.get("nextnonce");
        if (nonce != null && !nonce.isEmpty()) {
            next = session.withNonce(nonce);
            sessions.replace(session, next);
        }
    }

    private static boolean isEqual(String proof, String expected) {
        return MessageDigest.isEqual(
                proof.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1),
                expected.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    void used() {
        DigestSession current = next;
        if (current != null) {
            next = null;
            sessions.putBack(current);
        }
    }

    /** Later calls then wait for a challenge. So if the password is wrong, each call sends only one wrong answer. */
    @Override
    void refused() {
        sessions.forget(session);
    }
}

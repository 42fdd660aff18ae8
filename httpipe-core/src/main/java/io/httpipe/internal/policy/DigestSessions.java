package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The nonces of an authenticator: the latest one of each origin and realm. Keeps those of the 32 realms that were
 * challenged last. Thread-safe.
 */
final class DigestSessions {
    private static final int MAX_REALMS = 32;

    /** The latest first. */
    private final AtomicReference<List<DigestSession>> sessions = new AtomicReference<>(List.of());

    /** The latest nonce that the server expects for a request; null if there is none. */
    @Nullable
    DigestSession expected(Origin origin, String target) {
        for (DigestSession session : sessions.get()) {
            if (session.covers(origin, target)) {
                return session;
            }
        }
        return null;
    }

    /**
     * Returns the session with the nonce of a challenge, which may be known already.
     *
     * @param creator creates the session if it is unknown
     */
    DigestSession of(Origin origin, DigestChallenge challenge, Supplier<DigestSession> creator) {
        DigestSession created = null;
        while (true) {
            List<DigestSession> before = sessions.get();
            DigestSession known = ofRealm(before, origin, challenge.realm());
            if (known != null && known.challenge().hasNonceOf(challenge)) {
                return known;
            }
            if (created == null) {
                created = creator.get();
            }
            List<DigestSession> after = new ArrayList<>(before);
            after.remove(known);
            after.addFirst(created);
            if (after.size() > MAX_REALMS) {
                after.removeLast();
            }
            if (sessions.compareAndSet(before, List.copyOf(after))) {
                return created;
            }
        }
    }

    private static @Nullable DigestSession ofRealm(List<DigestSession> all, Origin origin, String realm) {
        for (DigestSession session : all) {
            if (session.isOf(origin, realm)) {
                return session;
            }
        }
        return null;
    }

    /** Replaces a session, unless another one has already taken its place. */
    void replace(DigestSession old, DigestSession next) {
        sessions.updateAndGet(all -> all.stream().map(s -> s == old ? next : s).toList());
    }

    void forget(DigestSession old) {
        sessions.updateAndGet(all -> all.stream().filter(s -> s != old).toList());
    }
}

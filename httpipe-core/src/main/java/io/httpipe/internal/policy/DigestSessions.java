package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the nonces of an authenticator: the latest one of each origin and realm, for at most 32 realms. If a challenge
 * adds one more realm, the realm that has had no challenge with a new nonce for the longest time is dropped.
 * Thread-safe.
 *
 * <p>Nonces of a proxy are exclusive. Some proxies drop a nonce whose counts arrive out of order, so each nonce is used
 * by one call at a time. A call takes the nonce out before a use. The nonce is put back when the proxy has accepted it,
 * and before an answer without a response is repeated. At most 256 exclusive nonces are kept.
 */
final class DigestSessions {
    private static final int MAX_REALMS = 32;
    private static final int MAX_EXCLUSIVE = 256;

    private final boolean exclusive;

    /** The sessions, latest first. */
    private final AtomicReference<List<DigestSession>> sessions = new AtomicReference<>(List.of());

    DigestSessions(boolean exclusive) {
        this.exclusive = exclusive;
    }

    /** Returns the latest nonce for a request; null if there is none. Takes the nonce out if it is exclusive. */
    @Nullable
    DigestSession expected(Origin origin, String target) {
        DigestSession found = find(origin, target);
        while (found != null && exclusive && !take(found)) {
            found = find(origin, target);
        }
        return found;
    }

    private boolean take(DigestSession wanted) {
        List<DigestSession> before = sessions.get();
        List<DigestSession> after = new ArrayList<>(before);
        return after.remove(wanted) && sessions.compareAndSet(before, List.copyOf(after));
    }

    /** Puts an exclusive nonce back. Does nothing if the nonces are shared. */
    void putBack(DigestSession used) {
        List<DigestSession> before = sessions.get();
        while (exclusive && before.size() < MAX_EXCLUSIVE) {
            List<DigestSession> after = new ArrayList<>(before);
            after.addFirst(used);
            if (sessions.compareAndSet(before, List.copyOf(after))) {
                return;
            }
            before = sessions.get();
        }
    }

    private @Nullable DigestSession find(Origin origin, String target) {
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
        if (exclusive) {
            return creator.get();
        }
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

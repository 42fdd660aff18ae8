package io.httpipe.internal.policy;

import io.httpipe.internal.connect.ExpiredException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One run of a {@link TokenFetcher} on the thread of a call, and the calls that wait for it. Thread-safe. */
final class TokenFetch {
    private final Thread leader = Thread.currentThread();
    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

    /**
     * Written by the leader before {@link #ended}, and read by others after it. Both null if the leader gave up, or
     * found a token that needed no fetch.
     */
    private @Nullable Answer answer;

    private @Nullable Exception failure;
    private volatile boolean ended;

    void succeeded(Answer newAnswer) {
        answer = newAnswer;
    }

    void failed(Exception newFailure) {
        failure = newFailure;
    }

    /** Ends all waits. If the leader has neither succeeded nor failed, the waiting calls try again. */
    void end() {
        ended = true;
        waiting.forEach(LockSupport::unpark);
    }

    /**
     * Waits for the end.
     *
     * @return null if the leader has neither succeeded nor failed; then the caller tries again
     * @throws IllegalStateException if the leader itself calls this method, because it would wait forever
     */
    @Nullable
    Answer await(long deadline, Waits waits) throws IOException {
        Thread self = Thread.currentThread();
        if (self == leader) {
            throw new IllegalStateException(
                    "the token source sends a request that needs the token of the same source;"
                            + " in the token source, use a client without these credentials, or bind the credentials to other origins");
        }
        waiting.add(self);
        try {
            if (!waits.until(deadline, () -> ended)) {
                throw new ExpiredException();
            }
        } finally {
            waiting.remove(self);
        }
        if (failure != null) {
            throw new TokenFailedException(
                    failure instanceof IOException source ? source : new IOException(failure.toString(), failure));
        }
        return answer;
    }
}

package io.httpipe.internal.policy;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.pool.ClientClosedException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets the calls over one pool wait while they hold no connection. Closing the client that owns the pool ends all
 * waits. Thread-safe.
 */
public final class Waits {
    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Waits until a condition holds, or until this time. The thread that makes the condition true unparks the waiting
     * thread.
     *
     * @return whether the condition holds
     * @throws ClosedByInterruptException if the thread is interrupted; its flag stays set
     * @throws ClientClosedException      if the client is closed
     */
    boolean until(long time, BooleanSupplier condition) throws IOException {
        Thread current = Thread.currentThread();
        waiting.add(current);
        try {
            while (!condition.getAsBoolean()) {
                if (closed) {
                    throw new ClientClosedException();
                }
                if (current.isInterrupted()) {
                    throw new ClosedByInterruptException();
                }
                long left = time - NanoClock.now();
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, left);
            }
            return true;
        } finally {
            waiting.remove(current);
        }
    }

    /** Ends all waits, now and later, with a {@link ClientClosedException}. */
    public void close() {
        closed = true;
        waiting.forEach(LockSupport::unpark);
    }
}

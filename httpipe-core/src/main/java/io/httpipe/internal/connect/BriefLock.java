package io.httpipe.internal.connect;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock that is held for a few instructions, and that nobody queues up for. In a queue the next in line may be a
 * virtual thread that has to wait for a carrier, while all carriers are kept by those who wait behind it: platform
 * threads, or on JDK 21 virtual ones within {@code synchronized}. Here whoever runs may have it. Not reentrant.
 *
 * <p>Who holds it must neither block nor park, nor wait for another such lock.
 */
public final class BriefLock {
    /** How often it is tried before a thread lets others go first: to look again is cheaper than that. */
    private static final int SPINS = 64;

    /** How often a thread lets others go first before it waits. */
    private static final int YIELDS = 8;

    /** How long the lock is held, and a little more. */
    private static final long BUSY = 20_000;

    private final AtomicBoolean held = new AtomicBoolean();

    public void lock() {
        for (int i = 0; !tryLock(); i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                // With the interrupt flag set a park does not wait, and would keep the carrier.
                letGo(i < SPINS + YIELDS || Thread.currentThread().isInterrupted());
            }
        }
    }

    private boolean tryLock() {
        return !held.get() && held.compareAndSet(false, true);
    }

    @SuppressWarnings("ThreadPriorityCheck") // the park does the same, only dearer
    private void letGo(boolean briefly) {
        if (briefly) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(this, BUSY);
        }
    }

    public void unlock() {
        held.set(false);
    }
}

package io.httpipe.internal.connect;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes a {@link ReentrantLock} that is held for a few instructions only: spins, then yields, then repeats short timed
 * tries.
 *
 * <p>No thread stays in the lock's queue, because that could be a deadlock. The thread at the head of the queue may be
 * a virtual one that waits for a carrier, while the threads behind it hold all carriers. On JDK 21, these can be
 * virtual threads inside {@code synchronized}. Here every running thread may take the lock. Where the order matters,
 * the class that owns the lock keeps its own queue.
 *
 * <p>While holding the lock, a thread must not block, park or take another such lock.
 */
public final class SpinThenYield {
    /** The number of tries before a thread yields. A try costs less than a yield. */
    private static final int SPINS = 64;

    /** The number of yields before a thread waits. */
    private static final int YIELDS = 8;

    /** The length of one timed try in nanoseconds: a little longer than the lock is held. */
    private static final long WAIT_NANOS = 20_000;

    private SpinThenYield() {}

    /**
     * Takes the lock. Release it with {@link ReentrantLock#unlock}. An interrupt does not end the wait; the flag is
     * kept.
     */
    public static void acquire(ReentrantLock lock) {
        if (!lock.tryLock()) {
            acquireContended(lock);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yields affect speed only
    private static void acquireContended(ReentrantLock lock) {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if (lock.tryLock()) {
                return;
            }
        }
        for (int i = 0; i < YIELDS; i++) {
            Thread.yield();
            if (lock.tryLock()) {
                return;
            }
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    // A timed try enters the queue, so that a thread dump shows the waiting thread and the owner. When
                    // the time is over, the next try takes a free lock ahead of the queue.
                    if (lock.tryLock(WAIT_NANOS, TimeUnit.NANOSECONDS)) {
                        return;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

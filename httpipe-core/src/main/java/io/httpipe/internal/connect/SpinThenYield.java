package io.httpipe.internal.connect;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes a {@link ReentrantLock} that is held for a few instructions only, without waiting in its queue until a thread
 * ahead has had it. That thread may be a virtual one that waits for a carrier, while all carriers are kept by the
 * threads behind it: platform threads, or on JDK 21 virtual ones within {@code synchronized}. Here every thread that
 * runs may take the lock. Where the order matters, the owner of the lock keeps a queue of its own.
 *
 * <p>The thread that holds the lock must neither block nor park, nor wait for another such lock.
 */
public final class SpinThenYield {
    /** How often a thread tries before it lets others run first: a try is cheaper than that. */
    private static final int SPINS = 64;

    /** How often a thread lets others run first before it waits. */
    private static final int YIELDS = 8;

    /** How long the lock is held, and a little more, in nanoseconds. */
    private static final long BUSY = 20_000;

    private SpinThenYield() {}

    /** Takes the lock, which {@link ReentrantLock#unlock} gives back. An interrupt does not end the wait, and is kept. */
    public static void acquire(ReentrantLock lock) {
        if (!lock.tryLock()) {
            compete(lock);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // nothing but speed depends on the yields
    private static void compete(ReentrantLock lock) {
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
                    // A timed try queues, so that a thread dump shows who waits for whom. When its time is over, the
                    // next try takes the lock ahead of the queue if it is free.
                    if (lock.tryLock(BUSY, TimeUnit.NANOSECONDS)) {
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

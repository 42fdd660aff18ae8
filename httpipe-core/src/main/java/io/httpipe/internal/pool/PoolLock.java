package io.httpipe.internal.pool;

import io.httpipe.internal.connect.SpinThenYield;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock of a client's pool, with the flags that other threads read without it. It guards {@link PoolState},
 * {@link RoutePool} and most of {@link IdleConnections}.
 *
 * <p>The thread that holds the lock does no I/O and closes no connection. {@link #unlock} closes the connections that
 * {@link PoolState#removeAndClose} has removed, after it has released the lock.
 */
final class PoolLock {
    private final ReentrantLock lock = new ReentrantLock();
    private final PoolState state;

    /** Opens when {@link #isTerminated} becomes true. */
    private final CountDownLatch termination = new CountDownLatch(1);

    /**
     * Whether a sweep of the idle connections is scheduled or running. Guarded by the lock; {@link IdleSweeper} sets
     * it.
     */
    boolean sweepScheduled;

    private volatile boolean closing;
    private volatile boolean terminated;
    private volatile boolean lockFree;

    PoolLock(PoolState state) {
        this.state = state;
    }

    void lock() {
        SpinThenYield.acquire(lock);
    }

    void unlock() {
        List<PooledConnection> toClose = List.of();
        try {
            toClose = state.takeConnectionsToClose();
            lockFree = sweepScheduled && !closing && !state.hasWaiters() && state.cannotExceedMaxIdleTotal();
            if (closing && state.isEmpty()) {
                terminate();
            }
        } finally {
            lock.unlock();
        }
        for (PooledConnection connection : toClose) {
            connection.close();
        }
    }

    /**
     * Whether connections may be leased and released without the lock: no call waits, the client is open, a sweep is
     * scheduled, and the limit on all idle connections cannot be exceeded. This matters with hundreds of runnable
     * threads: a thread that loses its processor while it holds the lock makes all others park.
     *
     * <p>To see all idle connections, a thread first calls {@link #requireLock}, then reads the list of idle
     * connections. A thread that releases a connection first adds it, then reads this flag again. At least one of them
     * sees the other's change.
     */
    boolean isLockFree() {
        return lockFree;
    }

    /** Makes {@link #isLockFree} false until the calling thread, which holds the lock, unlocks. */
    void requireLock() {
        lockFree = false;
    }

    /** Whether the client is being closed, or was closed. */
    boolean isClosing() {
        return closing;
    }

    /** Starts the closing; called with the lock. */
    void startClosing() {
        closing = true;
        lockFree = false;
    }

    /**
     * Whether calls that want a connection fail at once: the client was closed, and either no connection is left or the
     * grace time is over.
     */
    boolean isTerminated() {
        return terminated;
    }

    /** Makes {@link #isTerminated} true; called with the lock. */
    void terminate() {
        terminated = true;
        termination.countDown();
    }

    /** Waits, without the lock, until the client is terminated. Returns false if the time ran out. */
    boolean awaitTermination(long nanos) throws InterruptedException {
        return termination.await(nanos, TimeUnit.NANOSECONDS);
    }
}

package io.httpipe.internal.pool;

import java.util.ArrayList;
import java.util.List;

/** Closes the pool of a client. Thread-safe. */
final class PoolCloser {
    /** How long {@link #close} waits before it logs what it waits for. */
    private static final long NANOS_BEFORE_REPORT = 1_000_000_000;

    private final PoolLock lock;
    private final PoolState state;
    private final ConnectionReleaser releaser;

    /** Whether {@link #report} has run. Guarded by the lock. */
    private boolean reported;

    PoolCloser(PoolLock lock, PoolState state, ConnectionReleaser releaser) {
        this.lock = lock;
        this.state = state;
        this.releaser = releaser;
    }

    /** See {@link ConnectionPool#close}. */
    void close(long graceNanos) {
        boolean interrupted = false;
        try {
            for (PooledConnection own : startClosing()) {
                own.forceClose();
            }
            long beforeReport = Math.min(graceNanos, NANOS_BEFORE_REPORT);
            if (!lock.awaitTermination(beforeReport) && beforeReport < graceNanos) {
                report();
                lock.awaitTermination(graceNanos - beforeReport);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            forceCloseAll();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Closes the idle connections. From now on, released connections are closed too.
     *
     * @return the connections that the calling thread has left open. The caller must close them: their owner waits in
     *     {@code close}, so no other thread closes them.
     */
    private List<PooledConnection> startClosing() {
        List<PooledConnection> own = new ArrayList<>();
        lock.lock();
        try {
            lock.startClosing();
            for (RoutePool pool : state.routes()) {
                releaser.closeSurplusIdle(pool, 0);
                own.addAll(state.removeOpenedByCallingThread(pool));
                state.serveWaiters(pool);
            }
        } finally {
            lock.unlock();
        }
        return own;
    }

    /** Logs what the closing waits for, once per client. */
    private void report() {
        CloseReport report = new CloseReport();
        lock.lock();
        try {
            if (reported) {
                return;
            }
            reported = true;
            state.addTo(report);
        } finally {
            lock.unlock();
        }
        report.log();
    }

    /** Rejects the waiting calls, and closes the sockets of all connections that are left. */
    private void forceCloseAll() {
        List<PooledConnection> remaining = new ArrayList<>();
        lock.lock();
        try {
            lock.terminate();
            for (RoutePool pool : state.routes()) {
                pool.waiters.forEach(Waiter::reject);
                remaining.addAll(pool.connections());
            }
        } finally {
            lock.unlock();
        }
        for (PooledConnection connection : remaining) {
            connection.forceClose();
        }
    }
}

package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;

/** Takes leased connections back, keeps them idle, and closes the idle ones that are no longer wanted. Thread-safe. */
final class ConnectionReleaser {
    private final PoolLock lock;
    private final PoolLimits limits;
    private final PoolState state;
    private final IdleSweeper sweeper;

    ConnectionReleaser(PoolLock lock, PoolLimits limits, PoolState state) {
        this.lock = lock;
        this.limits = limits;
        this.state = state;
        this.sweeper = new IdleSweeper(lock, state);
    }

    /** See {@link ConnectionPool#release(PooledConnection, int, long)}. */
    boolean release(PooledConnection connection, int maxIdlePerRoute, long idleTimeout) {
        RoutePool pool = connection.pool();
        long now = NanoClock.now();
        boolean reusable = connection.prepareIdle(now, idleTimeout, limits.maxLifetime());
        pool.recordLease(now - connection.leasedAt());
        connection.endLease();
        boolean added = false;
        if (reusable) {
            connection.startIdleTimer();
            added = lock.isLockFree()
                    && maxIdlePerRoute <= pool.maxIdlePerRoute
                    && pool.idle.offer(connection, maxIdlePerRoute);
            // The flag must be read again: a call may have started to wait just before the connection was added.
            if (added && lock.isLockFree()) {
                return true;
            }
        }
        lock.lock();
        try {
            state.raiseMaxIdle(pool, maxIdlePerRoute);
            if (connection.removed) {
                pool.idle.remove(connection);
            } else if (!reusable) {
                state.removeAndClose(connection, CloseReason.OLD);
            } else if (!added) {
                pool.idle.addFirst(connection);
            }
            state.serveWaiters(pool);
            closeSurplusIdle(pool, maxIdlePerRoute);
            state.enforceMaxIdleTotal();
            state.forgetIfUnused(pool);
            return !connection.removed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Closes the oldest idle connections of a route beyond {@code maxIdlePerRoute}, or all if the client is closing.
     */
    void closeSurplusIdle(RoutePool pool, int maxIdlePerRoute) {
        while (pool.idle.size() > (lock.isClosing() ? 0 : maxIdlePerRoute)) {
            PooledConnection oldest = pool.idle.pollLast();
            if (oldest == null) {
                // Other threads are adding or checking the rest, so it stays for now. If the client is closing, those
                // threads close it.
                break;
            }
            state.removeAndClose(oldest, lock.isClosing() ? CloseReason.CLIENT_CLOSED : CloseReason.SURPLUS);
        }
        if (!lock.sweepScheduled && pool.idle.size() > 0) {
            sweeper.schedule();
        }
    }

    /** Ends the lease of a connection that cannot be reused, or could not be opened, and closes it. */
    void discard(PooledConnection connection, CloseReason reason) {
        long now = NanoClock.now();
        lock.lock();
        try {
            connection.endLease();
            connection.pool().recordLease(now - connection.leasedAt());
            state.removeAndClose(connection, reason);
            state.serveWaiters(connection.pool());
        } finally {
            lock.unlock();
        }
    }

    /** See {@link ConnectionPool#freeDescriptor}. */
    boolean closeOldestIdle() {
        PooledConnection oldest;
        lock.lock();
        try {
            oldest = state.takeOldestIdle();
            if (oldest == null) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        oldest.leavePoller();
        lock.lock();
        try {
            state.removeAndClose(oldest, CloseReason.SURPLUS);
            state.serveWaiters(oldest.pool());
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** Closes a connection whose idle timer has expired. Does nothing if the connection is no longer idle. */
    void expire(PooledConnection connection) {
        lock.lock();
        try {
            if (connection.pool().idle.remove(connection)) {
                state.removeAndClose(connection, CloseReason.IDLE);
                state.serveWaiters(connection.pool());
            }
        } finally {
            lock.unlock();
        }
    }
}

package io.httpipe.internal.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The connections of one route. {@link #lock} guards its state and is never held over I/O. */
final class RoutePool {
    private final ReentrantLock lock = new ReentrantLock();
    private final ConnectionPool owner;
    private final Route route;

    /** Idle connections, the newest first. */
    private final Deque<PooledConnection> idle = new ArrayDeque<>();

    /** Connections that are leased, idle or being opened. */
    private int open;

    /** Whether it has left its owner's map, after which nobody may begin anything here. */
    private boolean retired;

    RoutePool(ConnectionPool owner, Route route) {
        this.owner = owner;
        this.route = route;
    }

    Route route() {
        return route;
    }

    /** Counts in a connection that is about to be taken or opened; false if this pool has been retired meanwhile. */
    boolean enter() {
        lock.lock();
        try {
            if (!retired) {
                open++;
            }
            return !retired;
        } finally {
            lock.unlock();
        }
    }

    /** Counts one out; with the last one the pool itself goes, so that routes once used do not pile up. */
    void leave() {
        boolean last;
        lock.lock();
        try {
            open--;
            last = open == 0;
            retired |= last;
        } finally {
            lock.unlock();
        }
        if (last) {
            owner.retire(this);
        }
    }

    /** The newest idle connection, which now stands for the caller's own place; null if there is none. */
    @Nullable
    PooledConnection pollNewest() {
        lock.lock();
        try {
            PooledConnection newest = idle.pollFirst();
            if (newest != null) {
                open--;
            }
            return newest;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a connection.
     *
     * @return the oldest one where there are now too many, which the caller must close; else null
     */
    @Nullable
    PooledConnection addIdle(PooledConnection connection, long until, int maxIdle) {
        lock.lock();
        try {
            idle.addFirst(connection);
            connection.rest(until);
            return idle.size() > maxIdle ? idle.pollLast() : null;
        } finally {
            lock.unlock();
        }
    }

    boolean removeIdle(PooledConnection connection) {
        lock.lock();
        try {
            return idle.remove(connection);
        } finally {
            lock.unlock();
        }
    }

    List<PooledConnection> removeAllIdle() {
        lock.lock();
        try {
            List<PooledConnection> all = new ArrayList<>(idle);
            idle.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Closes a connection that is in nobody's hands any more. */
    void close(PooledConnection connection) {
        connection.close();
        leave();
    }
}

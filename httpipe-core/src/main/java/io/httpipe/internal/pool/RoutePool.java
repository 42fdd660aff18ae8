package io.httpipe.internal.pool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connections of one route, and the calls that wait for one. Guarded by the lock of its {@link ConnectionPool}. */
final class RoutePool {
    final Route route;

    /** Idle connections, the newest first. */
    final Deque<PooledConnection> idle = new ArrayDeque<>();

    /** Calls that wait, the first to come first. */
    final Deque<Waiter> waiters = new ArrayDeque<>();

    final Map<CloseReason, Long> closed = new EnumMap<>(CloseReason.class);

    /** Leased, idle, and about to be opened. */
    int open;

    /** Idle connections that are just being looked at. */
    int inspected;

    long opened;
    long reused;

    /** For how long calls hold a connection, nanoseconds: what the quickest do, not the usual ones. */
    private long quickHold;

    /** Whether it is in the line of routes that wait for a place among all of the client's. */
    boolean starving;

    /** The connection that was leased first of those that are still leased. */
    private @Nullable PooledConnection oldestLease;

    private @Nullable PooledConnection newestLease;

    RoutePool(Route route) {
        this.route = route;
    }

    RouteSnapshot snapshot() {
        return new RouteSnapshot(
                route, open, idle.size() + inspected, leased(), waiters.size(), opened, reused, Map.copyOf(closed));
    }

    /** When the first of those who wait here came, among all who have waited. */
    long firstTicket() {
        return waiters.getFirst().ticket;
    }

    int leased() {
        return open - idle.size() - inspected;
    }

    @Nullable
    PooledConnection oldestLease() {
        return oldestLease;
    }

    /**
     * The least time that a call must wait behind those that wait already, even if all who hold a connection gave it
     * back at once.
     *
     * @param places how many connections there can be
     */
    long leastWait(int places) {
        return waiters.size() / places * quickHold;
    }

    /** Learns from a lease that lasted for so long: down at once, up by and by. */
    void learnHold(long nanos) {
        quickHold = nanos < quickHold ? nanos : quickHold + (nanos - quickHold) / 16;
    }

    void addLease(PooledConnection connection) {
        connection.leaseBefore = newestLease;
        if (newestLease == null) {
            oldestLease = connection;
        } else {
            newestLease.leaseAfter = connection;
        }
        newestLease = connection;
    }

    void removeLease(PooledConnection connection) {
        PooledConnection before = connection.leaseBefore;
        PooledConnection after = connection.leaseAfter;
        if (before == null) {
            oldestLease = after;
        } else {
            before.leaseAfter = after;
        }
        if (after == null) {
            newestLease = before;
        } else {
            after.leaseBefore = before;
        }
        connection.leaseBefore = null;
        connection.leaseAfter = null;
    }
}

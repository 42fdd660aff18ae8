package io.httpipe.internal.pool;

import io.httpipe.internal.connect.WaitStrategy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Holds the connections of one route, and the calls that wait for a connection. The {@link PoolLock} guards it, except
 * where a comment says otherwise.
 */
final class RoutePool {
    final Route route;

    final IdleConnections idle = new IdleConnections();

    /** Waiting calls in the order of their arrival. */
    final Deque<Waiter> waiters = new ArrayDeque<>();

    final Map<CloseReason, Long> closed = new EnumMap<>(CloseReason.class);

    /** All connections: leased, idle, and about to be opened. */
    private final List<PooledConnection> connections = new ArrayList<>();

    /** How calls of this route wait for their responses. Needs no lock. */
    final WaitStrategy waitStrategy = new WaitStrategy();

    long opened;

    /** Needs no lock. */
    final LongAdder reused = new LongAdder();

    /** The size of {@link #connections}, for readers without the lock. */
    private volatile int open;

    /**
     * How long the shortest leases last, in nanoseconds. Updated without the lock; an update that is lost in a race
     * does no harm.
     */
    private long shortLease;

    /** Whether this route is in the list of routes that wait only for the limit over all routes. */
    boolean waitingForTotalLimit;

    /** How many idle connections this route may keep. Never lowered, so a release may read it without the lock. */
    int maxIdlePerRoute;

    RoutePool(Route route, int maxIdlePerRoute) {
        this.route = route;
        this.maxIdlePerRoute = maxIdlePerRoute;
    }

    /** How many idle connections the route would have if all its connections were released. */
    int maxPossibleIdle() {
        return Math.min(connections.size(), maxIdlePerRoute);
    }

    RouteSnapshot snapshot() {
        int idleNow = idle.size();
        return new RouteSnapshot(
                route, open, idleNow, open - idleNow, waiters.size(), opened, reused.sum(), Map.copyOf(closed));
    }

    /** The ticket of the first waiting call. */
    long firstTicket() {
        return waiters.getFirst().ticket;
    }

    /** How many connections there are. Needs no lock. */
    int open() {
        return open;
    }

    void add(PooledConnection connection) {
        connection.index = connections.size();
        connections.add(connection);
        open = connections.size();
    }

    void remove(PooledConnection connection) {
        PooledConnection last = connections.removeLast();
        if (last != connection) {
            connections.set(connection.index, last);
            last.index = connection.index;
        }
        open = connections.size();
    }

    /** How many connections are leased or being opened. May be called without the lock; the result may be outdated. */
    int leased() {
        return open - idle.size();
    }

    /** Returns a copy of the list of all connections. */
    List<PooledConnection> connections() {
        return List.copyOf(connections);
    }

    /**
     * A lower bound of the time that a new call has to wait behind the calls that wait already, in nanoseconds. It
     * assumes that all leased connections are released now.
     *
     * @param maxConnections how many connections the route can have
     */
    long minimumWait(int maxConnections) {
        return waiters.size() / maxConnections * shortLease;
    }

    /**
     * Updates {@link #shortLease} with the length of a lease. The value falls at once and rises slowly. Needs no lock.
     */
    void recordLease(long nanos) {
        shortLease = nanos < shortLease ? nanos : shortLease + (nanos - shortLease) / 16;
    }
}

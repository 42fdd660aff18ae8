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
 * The connections of one route, and the calls that wait for one. Guarded by the lock of its {@link ConnectionPool}, but
 * for what says that it is not.
 */
final class RoutePool {
    final Route route;

    final IdleConnections idle = new IdleConnections();

    /** Calls that wait, the first to come first. */
    final Deque<Waiter> waiters = new ArrayDeque<>();

    final Map<CloseReason, Long> closed = new EnumMap<>(CloseReason.class);

    /** Leased, idle, and about to be opened. */
    private final List<PooledConnection> connections = new ArrayList<>();

    /** How calls wait for their answers here. */
    final WaitStrategy courtesy = new WaitStrategy();

    long opened;

    /** Counted without the lock. */
    final LongAdder reused = new LongAdder();

    /** How many connections there are; read without the lock. */
    private volatile int open;

    /**
     * For how long calls hold a connection, nanoseconds: what the quickest do, not the usual ones. An update that gets
     * lost in a race does no harm.
     */
    private long quickHold;

    /** Whether it is in the line of routes that wait for a place among all of the client's. */
    boolean starving;

    /** How many idle connections may be kept here, at most. */
    int maxIdle;

    RoutePool(Route route, int maxIdle) {
        this.route = route;
        this.maxIdle = maxIdle;
    }

    /** How many connections would be idle here if all came back. */
    int idleAtMost() {
        return Math.min(connections.size(), maxIdle);
    }

    RouteSnapshot snapshot() {
        int resting = idle.size();
        return new RouteSnapshot(
                route, open, resting, open - resting, waiters.size(), opened, reused.sum(), Map.copyOf(closed));
    }

    /** When the first of those who wait here came, among all who have waited. */
    long firstTicket() {
        return waiters.getFirst().ticket;
    }

    int open() {
        return open;
    }

    void add(PooledConnection connection) {
        connection.place = connections.size();
        connections.add(connection);
        open = connections.size();
    }

    void remove(PooledConnection connection) {
        PooledConnection last = connections.removeLast();
        if (last != connection) {
            connections.set(connection.place, last);
            last.place = connection.place;
        }
        open = connections.size();
    }

    /** How many connections somebody has, or is opening; without the lock, how many they were a moment ago. */
    int leased() {
        return open - idle.size();
    }

    /** All connections at this moment. */
    List<PooledConnection> connections() {
        return List.copyOf(connections);
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
}

package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds the connections and waiting calls of one client, and decides which call gets which connection. Guarded by the
 * {@link PoolLock}, except for {@link #find}.
 */
final class PoolState {
    private final PoolLimits limits;
    private final ConnectionPool owner;
    private final Map<Route, RoutePool> routes = new ConcurrentHashMap<>();

    /** Routes that have waiters although they are below their own limit. They wait for the limit over all routes. */
    private final Collection<RoutePool> waitingForTotalLimit = new ArrayList<>();

    private long nextTicket;

    /** Waiting calls of all routes. */
    private int waiting;

    /** Removed connections without an owner. They are closed after the lock is released. */
    private List<PooledConnection> toClose = new ArrayList<>();

    /** Open connections of all routes. */
    private int total;

    /** How many connections would be idle in all routes if all open ones were released. */
    private int maxPossibleIdle;

    /** While {@link #idleCounted}, an upper bound of the idle connections of all routes; otherwise meaningless. */
    private int idleCount;

    /**
     * Whether {@link #idleCount} is valid. Nothing is counted while the limit on all idle connections cannot be
     * exceeded.
     */
    private boolean idleCounted;

    PoolState(ConnectionPool owner, PoolLimits limits) {
        this.owner = owner;
        this.limits = limits;
    }

    RoutePool findOrCreate(Route route) {
        RoutePool pool = routes.get(route);
        if (pool == null) {
            pool = new RoutePool(route, limits.maxIdlePerRoute());
            routes.put(route, pool);
        }
        return pool;
    }

    /** Returns the pool of a route, or null. Needs no lock. */
    @Nullable
    RoutePool find(Route route) {
        return routes.get(route);
    }

    /** Returns a copy of the list of all routes. */
    List<RoutePool> routes() {
        return List.copyOf(routes.values());
    }

    boolean isEmpty() {
        return routes.isEmpty();
    }

    boolean hasWaiters() {
        return waiting > 0;
    }

    /** Returns the removed connections. The caller must close them after it has released the lock. */
    List<PooledConnection> takeConnectionsToClose() {
        if (toClose.isEmpty()) {
            return List.of();
        }
        List<PooledConnection> taken = toClose;
        toClose = new ArrayList<>();
        return taken;
    }

    /** Appends the calling thread to the queue of a route. */
    Waiter addWaiter(RoutePool pool, boolean needsNew, Object holder) {
        Waiter waiter = new Waiter(nextTicket++, needsNew, holder);
        pool.waiters.addLast(waiter);
        waiting++;
        updateWaitingForTotalLimit(pool);
        return waiter;
    }

    void removeWaiter(RoutePool pool, Waiter waiter) {
        if (pool.waiters.remove(waiter)) {
            waiting--;
        }
        updateWaitingForTotalLimit(pool);
        forgetIfUnused(pool);
    }

    /**
     * Assigns available connections and slots to the waiters of this route, in the order of their arrival. Waiters of
     * routes that wait for the limit over all routes take part, ordered with the others by arrival.
     */
    void serveWaiters(RoutePool pool) {
        RoutePool own = pool;
        for (RoutePool next = routeOfFirstWaiter(own); next != null; next = routeOfFirstWaiter(own)) {
            Waiter first = next.waiters.getFirst();
            PooledConnection connection = take(next, first.needsNew);
            if (connection != null) {
                next.waiters.removeFirst();
                waiting--;
                connection.startLease(first.holder, NanoClock.now());
                first.assign(connection);
            } else if (next == own) {
                own = null;
            }
            updateWaitingForTotalLimit(next);
            if (connection == null && next.waitingForTotalLimit) {
                break;
            }
        }
        forgetIfUnused(pool);
    }

    /**
     * Returns the route whose first waiter arrived first, among this route and those that wait for the limit over all
     * routes. Null if no call waits there.
     */
    private @Nullable RoutePool routeOfFirstWaiter(@Nullable RoutePool pool) {
        RoutePool first = pool == null || pool.waiters.isEmpty() ? null : pool;
        for (RoutePool other : waitingForTotalLimit) {
            if (first == null || other.firstTicket() < first.firstTicket()) {
                first = other;
            }
        }
        return first;
    }

    /** Adds a route to {@link #waitingForTotalLimit} or removes it, as its waiters and its own limit require. */
    private void updateWaitingForTotalLimit(RoutePool pool) {
        boolean waits = !pool.waiters.isEmpty() && pool.open() < limits.maxConnectionsPerRoute();
        if (waits != pool.waitingForTotalLimit) {
            pool.waitingForTotalLimit = waits;
            if (waits) {
                waitingForTotalLimit.add(pool);
            } else {
                waitingForTotalLimit.remove(pool);
            }
        }
    }

    /** Takes an idle connection or a new slot. May close an idle connection to free a slot. */
    @Nullable
    PooledConnection take(RoutePool pool, boolean needsNew) {
        if (needsNew) {
            PooledConnection surplus = pool.open() < limits.maxConnectionsPerRoute() ? null : pool.idle.pollLast();
            if (surplus != null) {
                removeAndClose(surplus, CloseReason.SURPLUS);
            }
        } else {
            PooledConnection idle = takeIdle(pool);
            if (idle != null) {
                return idle;
            }
        }
        if (pool.open() >= limits.maxConnectionsPerRoute()) {
            return null;
        }
        return total >= limits.maxConnections() && !evictOldestIdle() ? null : newSlot(pool);
    }

    /** Takes the newest idle connection of a route. */
    @Nullable
    PooledConnection takeIdle(RoutePool pool) {
        PooledConnection newest = pool.idle.pollFirst();
        if (newest != null) {
            pool.reused.increment();
            idleCount--;
        }
        return newest;
    }

    /** Raises the limit on idle connections of a route; never lowers it. */
    void raiseMaxIdle(RoutePool pool, int maxIdlePerRoute) {
        if (maxIdlePerRoute > pool.maxIdlePerRoute) {
            maxPossibleIdle -= pool.maxPossibleIdle();
            pool.maxIdlePerRoute = maxIdlePerRoute;
            maxPossibleIdle += pool.maxPossibleIdle();
        }
    }

    /**
     * Whether there are too few open connections to exceed the limit on all idle ones. If so, idle connections are not
     * counted.
     */
    boolean cannotExceedMaxIdleTotal() {
        return maxPossibleIdle <= limits.maxIdleConnections();
    }

    /**
     * Closes the oldest idle connections beyond the limit over all routes. Called once for each release that takes the
     * lock.
     */
    void enforceMaxIdleTotal() {
        if (cannotExceedMaxIdleTotal()) {
            return;
        }
        idleCount++;
        if (idleCounted && idleCount <= limits.maxIdleConnections()) {
            return;
        }
        idleCount = 0;
        for (RoutePool pool : routes.values()) {
            idleCount += pool.idle.size();
        }
        idleCounted = true;
        while (idleCount > limits.maxIdleConnections() && evictOldestIdle()) {
            idleCount--;
        }
    }

    /** Takes the connection that has been idle longest, of any route; null if there is none. */
    @Nullable
    PooledConnection takeOldestIdle() {
        while (true) {
            RoutePool oldestRoute = null;
            long since = NanoClock.NEVER;
            for (RoutePool pool : routes.values()) {
                long oldest = pool.idle.oldestSince();
                if (oldest < since) {
                    since = oldest;
                    oldestRoute = pool;
                }
            }
            if (oldestRoute == null) {
                return null;
            }
            PooledConnection oldest = oldestRoute.idle.pollLast();
            // Null if a call has taken it meanwhile, without the lock.
            if (oldest != null) {
                return oldest;
            }
        }
    }

    /** Creates a connection that is not opened yet. It counts towards the limits from now on. */
    PooledConnection newSlot(RoutePool pool) {
        PooledConnection slot;
        try {
            slot = new PooledConnection(owner, pool);
        } catch (Throwable e) {
            forgetIfUnused(pool);
            throw e;
        }
        // The last connection of this route may have been closed to free a slot. The route was then forgotten.
        routes.putIfAbsent(pool.route, pool);
        attach(pool, slot);
        pool.opened++;
        total++;
        return slot;
    }

    /** Closes the connection that has been idle longest; returns false if none is idle. */
    private boolean evictOldestIdle() {
        PooledConnection oldest = takeOldestIdle();
        if (oldest == null) {
            return false;
        }
        removeAndClose(oldest, CloseReason.SURPLUS);
        forgetIfUnused(oldest.pool());
        return true;
    }

    /** Adds a connection to a route, without counting it as opened. */
    void attach(RoutePool pool, PooledConnection connection) {
        maxPossibleIdle -= pool.maxPossibleIdle();
        pool.add(connection);
        maxPossibleIdle += pool.maxPossibleIdle();
    }

    /** Removes a connection from a route, without counting it as closed. */
    void detach(RoutePool pool, PooledConnection connection) {
        maxPossibleIdle -= pool.maxPossibleIdle();
        pool.remove(connection);
        maxPossibleIdle += pool.maxPossibleIdle();
        idleCounted &= !cannotExceedMaxIdleTotal();
    }

    /** Removes a connection that has no owner. Unlocking closes it. Does nothing if it was removed already. */
    void removeAndClose(PooledConnection connection, CloseReason reason) {
        if (markRemoved(connection, reason)) {
            toClose.add(connection);
        }
    }

    /** Removes a connection but does not close it. Returns false if it was removed already. */
    private boolean markRemoved(PooledConnection connection, CloseReason reason) {
        if (connection.removed) {
            return false;
        }
        connection.removed = true;
        RoutePool pool = connection.pool();
        detach(pool, connection);
        total--;
        pool.closed.merge(reason, 1L, Long::sum);
        return true;
    }

    /**
     * Finds the streams and exchanges that the calling thread has opened, and removes their connections from a route.
     * Does not close these connections.
     */
    List<PooledConnection> removeOpenedByCallingThread(RoutePool pool) {
        List<PooledConnection> own = new ArrayList<>();
        for (PooledConnection connection : pool.connections()) {
            if (connection.holder() instanceof ConnectionHolder holder && holder.isOpenedByCallingThread()) {
                markRemoved(connection, CloseReason.CLIENT_CLOSED);
                own.add(connection);
            }
        }
        return own;
    }

    /** Adds the leased connections and the number of waiting calls to a report. */
    void addTo(CloseReport report) {
        report.waitingCalls(waiting);
        for (RoutePool pool : routes.values()) {
            for (PooledConnection connection : pool.connections()) {
                report.addLease(connection.holder(), connection.leasedAt());
            }
        }
    }

    /** Forgets a route that has neither connections nor waiters, so that unused routes do not accumulate. */
    void forgetIfUnused(RoutePool pool) {
        if (pool.open() == 0 && pool.waiters.isEmpty()) {
            routes.remove(pool.route, pool);
        }
    }

    PoolUsage usage(RoutePool pool) {
        return PoolUsage.of(pool, routes.values(), total, limits);
    }
}

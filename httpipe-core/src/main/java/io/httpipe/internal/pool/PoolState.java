package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a client has of connections and of calls that wait for one, and who is to get what. Guarded by the lock of its
 * {@link ConnectionPool}.
 */
final class PoolState {
    private final PoolLimits limits;
    private final ConnectionPool owner;
    private final Map<Route, RoutePool> routes = new ConcurrentHashMap<>();

    /** Routes with waiters that have room of their own, but found none among all. */
    private final Collection<RoutePool> starved = new ArrayList<>();

    /** How many calls have had to wait. */
    private long tickets;

    /** How many wait now. */
    private int waiting;

    /** Connections that nobody has any more, to be closed outside the lock. */
    private List<PooledConnection> doomed = new ArrayList<>();

    /** Open connections of all routes. */
    private int total;

    /** How many connections would be idle in all if all that are open came back. */
    private int idleAtMost;

    /** While it is {@link #counted}, as many as are idle in all, or a few more; nobody counts where all may be idle. */
    private int idle;

    private boolean counted;

    PoolState(ConnectionPool owner, PoolLimits limits) {
        this.owner = owner;
        this.limits = limits;
    }

    /** What there is of a route, from now on at least. */
    RoutePool of(Route route) {
        RoutePool pool = routes.get(route);
        if (pool == null) {
            pool = new RoutePool(route, limits.maxIdle());
            routes.put(route, pool);
        }
        return pool;
    }

    /** What there is of a route, if anything; without the lock. */
    @Nullable
    RoutePool find(Route route) {
        return routes.get(route);
    }

    /** All routes at this moment. */
    List<RoutePool> routes() {
        return List.copyOf(routes.values());
    }

    boolean isEmpty() {
        return routes.isEmpty();
    }

    boolean nobodyWaits() {
        return waiting == 0;
    }

    /** The connections to be closed, which whoever takes them has to do. */
    List<PooledConnection> takeDoomed() {
        if (doomed.isEmpty()) {
            return List.of();
        }
        List<PooledConnection> taken = doomed;
        doomed = new ArrayList<>();
        return taken;
    }

    /** Lines the calling thread up. */
    Waiter queue(RoutePool pool, boolean fresh, Object holder) {
        Waiter waiter = new Waiter(tickets++, fresh, holder);
        pool.waiters.addLast(waiter);
        waiting++;
        tellWhetherItStarves(pool);
        return waiter;
    }

    /** Has a call wait no longer. */
    void unqueue(RoutePool pool, Waiter waiter) {
        if (pool.waiters.remove(waiter)) {
            waiting--;
        }
        tellWhetherItStarves(pool);
        retire(pool);
    }

    /**
     * Grants what there is to those who wait for this route, in their order. Those of other routes that lack nothing
     * but room under the limit over all of them have their turns among these: whoever came first goes first.
     */
    void serveAll(RoutePool pool) {
        RoutePool own = pool;
        for (RoutePool next = firstInLine(own); next != null; next = firstInLine(own)) {
            Waiter first = next.waiters.getFirst();
            PooledConnection granted = take(next, first.fresh);
            if (granted != null) {
                next.waiters.removeFirst();
                waiting--;
                granted.lend(first.holder, NanoClock.now());
                first.grant(granted);
            } else if (next == own) {
                own = null;
            }
            tellWhetherItStarves(next);
            if (granted == null && next.starving) {
                break;
            }
        }
        retire(pool);
    }

    /** Of this route and those that starve, the one whose first waiter came first; null if nobody waits. */
    private @Nullable RoutePool firstInLine(@Nullable RoutePool pool) {
        RoutePool first = pool == null || pool.waiters.isEmpty() ? null : pool;
        for (RoutePool other : starved) {
            if (first == null || other.firstTicket() < first.firstTicket()) {
                first = other;
            }
        }
        return first;
    }

    /** Has a route be in the line of those that starve if what keeps its waiters waiting is the limit over all. */
    void tellWhetherItStarves(RoutePool pool) {
        boolean starves = !pool.waiters.isEmpty() && pool.open() < limits.maxOpen();
        if (starves != pool.starving) {
            pool.starving = starves;
            if (starves) {
                starved.add(pool);
            } else {
                starved.remove(pool);
            }
        }
    }

    @Nullable
    PooledConnection take(RoutePool pool, boolean fresh) {
        if (fresh) {
            PooledConnection surplus = pool.open() < limits.maxOpen() ? null : pool.idle.pollLast();
            if (surplus != null) {
                doom(surplus, CloseReason.SURPLUS);
            }
        } else {
            PooledConnection idle = takeIdle(pool);
            if (idle != null) {
                return idle;
            }
        }
        if (pool.open() >= limits.maxOpen()) {
            return null;
        }
        return total >= limits.maxOpenTotal() && !evictOldestIdle() ? null : newPlace(pool);
    }

    /** Takes the newest idle connection of a route. */
    @Nullable
    PooledConnection takeIdle(RoutePool pool) {
        PooledConnection newest = pool.idle.pollFirst();
        if (newest != null) {
            pool.reused.increment();
            idle--;
        }
        return newest;
    }

    /** Has a route keep so many idle connections at least, from now on. */
    void allowIdle(RoutePool pool, int maxIdle) {
        if (maxIdle > pool.maxIdle) {
            idleAtMost -= pool.idleAtMost();
            pool.maxIdle = maxIdle;
            idleAtMost += pool.idleAtMost();
        }
    }

    /** Whether there cannot be more idle connections than may be, so that nobody needs to count them. */
    boolean cannotHaveSurplusIdle() {
        return idleAtMost <= limits.maxIdleTotal();
    }

    /** Tells that a connection has come to rest; closes those that have been idle for longest if there are too many. */
    void rested() {
        if (cannotHaveSurplusIdle()) {
            return;
        }
        idle++;
        if (counted && idle <= limits.maxIdleTotal()) {
            return;
        }
        idle = 0;
        for (RoutePool pool : routes.values()) {
            idle += pool.idle.size();
        }
        counted = true;
        while (idle > limits.maxIdleTotal() && evictOldestIdle()) {
            idle--;
        }
    }

    /** Takes the connection that has been idle for longest, of whatever route; null if there is none. */
    @Nullable
    PooledConnection takeOldestIdle() {
        while (true) {
            RoutePool from = null;
            long since = NanoClock.NEVER;
            for (RoutePool pool : routes.values()) {
                long oldest = pool.idle.oldestSince();
                if (oldest < since) {
                    since = oldest;
                    from = pool;
                }
            }
            if (from == null) {
                return null;
            }
            PooledConnection oldest = from.idle.pollLast();
            // A call may have taken it meanwhile, without the lock.
            if (oldest != null) {
                return oldest;
            }
        }
    }

    PooledConnection newPlace(RoutePool pool) {
        PooledConnection place;
        try {
            place = new PooledConnection(owner, pool);
        } catch (Throwable e) {
            retire(pool);
            throw e;
        }
        // To make room, the route's last connection may have been closed, and the route forgotten.
        routes.putIfAbsent(pool.route, pool);
        add(pool, place);
        pool.opened++;
        total++;
        return place;
    }

    /** Makes room among all connections by closing the one that has been idle for longest. */
    private boolean evictOldestIdle() {
        PooledConnection oldest = takeOldestIdle();
        if (oldest == null) {
            return false;
        }
        doom(oldest, CloseReason.SURPLUS);
        retire(oldest.pool());
        return true;
    }

    void add(RoutePool pool, PooledConnection connection) {
        idleAtMost -= pool.idleAtMost();
        pool.add(connection);
        idleAtMost += pool.idleAtMost();
    }

    void remove(RoutePool pool, PooledConnection connection) {
        idleAtMost -= pool.idleAtMost();
        pool.remove(connection);
        idleAtMost += pool.idleAtMost();
        counted &= !cannotHaveSurplusIdle();
    }

    /** Has a connection leave that nobody has any more; nothing happens if it has left already. */
    void doom(PooledConnection connection, CloseReason reason) {
        if (forsake(connection, reason)) {
            doomed.add(connection);
        }
    }

    /** Has a connection leave that somebody still has, and who closes it is not settled here; false if it had left. */
    boolean forsake(PooledConnection connection, CloseReason reason) {
        if (connection.gone) {
            return false;
        }
        connection.gone = true;
        RoutePool pool = connection.pool();
        remove(pool, connection);
        total--;
        pool.closed.merge(reason, 1L, Long::sum);
        return true;
    }

    /** Has all of a route leave that the calling thread has left open. */
    List<PooledConnection> forsakeOwn(RoutePool pool) {
        List<PooledConnection> own = new ArrayList<>();
        for (PooledConnection connection : pool.connections()) {
            if (connection.holder() instanceof ConnectionHolder holder && holder.isOwn()) {
                forsake(connection, CloseReason.CLIENT_CLOSED);
                own.add(connection);
            }
        }
        return own;
    }

    /** Tells who has a connection at this moment, or waits for one. */
    void tell(CloseReport awaited) {
        awaited.waiting(waiting);
        for (RoutePool pool : routes.values()) {
            for (PooledConnection connection : pool.connections()) {
                awaited.add(connection.holder(), connection.leasedAt());
            }
        }
    }

    /** Forgets a route that has nothing and that nobody waits for, so that routes once used do not pile up. */
    void retire(RoutePool pool) {
        if (pool.open() == 0 && pool.waiters.isEmpty()) {
            routes.remove(pool.route, pool);
        }
    }

    /** Who has what at this moment. */
    Use use(RoutePool pool) {
        Object longest = null;
        long since = Long.MAX_VALUE;
        for (PooledConnection connection : pool.connections()) {
            Object holder = connection.holder();
            if (holder != null && connection.leasedAt() < since) {
                since = connection.leasedAt();
                longest = holder;
            }
        }
        return new Use(pool.leased(), total, pool.waiters.size(), longest, since, limits);
    }

    /** What a call is told that waits in vain; put into words where the lock has been left. */
    record Use(int leased, int total, int waiting, @Nullable Object longest, long since, PoolLimits limits) {
        @Override
        public String toString() {
            String by = longest == null
                    ? ""
                    : ", longest by %s for %d ms".formatted(longest, (NanoClock.now() - since) / 1_000_000);
            return "%s in use%s; %d calls wait".formatted(bounds(), by, waiting);
        }

        /** Only those limits that there are. */
        private String bounds() {
            if (limits.maxOpenTotal() == Integer.MAX_VALUE) {
                return "%d of %d connections of the route are".formatted(leased, limits.maxOpen());
            }
            if (limits.maxOpen() == Integer.MAX_VALUE) {
                return "%d of %d connections of the client are".formatted(total, limits.maxOpenTotal());
            }
            return "%d of %d connections of the route and %d of %d of the client are"
                    .formatted(leased, limits.maxOpen(), total, limits.maxOpenTotal());
        }
    }
}

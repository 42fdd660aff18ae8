package io.httpipe.internal.pool;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.Step;
import io.httpipe.internal.connect.Ticks;
import io.httpipe.internal.connect.TlsPlan;
import io.httpipe.internal.connect.Transport;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections of one client, a {@link RoutePool} for each route. Thread-safe.
 *
 * <p>A connection handed out by {@link #acquire} must come back by exactly one of {@link #release} and
 * {@link #discard}.
 */
public final class ConnectionPool {
    private final ConcurrentHashMap<Route, RoutePool> routes = new ConcurrentHashMap<>();
    private final Dialer dialer;
    private final int maxIdle;
    private final long idleTimeout;
    private volatile boolean closed;

    /**
     * A pool that keeps at most {@code maxIdle} idle connections a route, each for at most {@code idleTimeout}
     * nanoseconds.
     */
    public ConnectionPool(Dialer dialer, int maxIdle, long idleTimeout) {
        this.dialer = dialer;
        this.maxIdle = maxIdle;
        this.idleTimeout = idleTimeout;
    }

    /**
     * Leases a connection: the newest idle one that is still good, else a fresh one.
     *
     * @param fresh whether none that was used before will do
     */
    public PooledConnection acquire(Route route, Budget budget, boolean fresh) throws IOException {
        budget.enter(Step.ACQUIRE);
        if (budget.exhausted()) {
            throw new ExpiredException();
        }
        RoutePool pool = enter(route);
        boolean leased = false;
        try {
            PooledConnection idle;
            while (!fresh && (idle = pool.pollNewest()) != null) {
                if (idle.wake()) {
                    leased = true;
                    return idle;
                }
                idle.close();
            }
            PooledConnection opened = new PooledConnection(pool, dialer.dial(route.address(), route.tls(), budget));
            leased = true;
            return opened;
        } finally {
            if (!leased) {
                pool.leave();
            }
        }
    }

    /** Takes in a transport that was opened elsewhere, as a leased connection. */
    public PooledConnection adopt(Route route, Transport transport) {
        return new PooledConnection(enter(route), transport);
    }

    /**
     * Shakes hands for TLS over a leased plain connection, which from then on belongs to the route of that TLS.
     *
     * @param port a part of the key under which sessions are kept for resumption
     */
    public void secure(PooledConnection connection, int port, TlsPlan tls, Budget budget) throws IOException {
        Transport secured = Dialer.secure(connection.transport(), port, tls, budget);
        RoutePool plainPool = connection.pool();
        Route plain = plainPool.route();
        connection.become(enter(new Route(plain.address(), tls, plain.pool())), secured);
        plainPool.leave();
    }

    /** Takes back a connection that can carry another request. */
    public void release(PooledConnection connection) {
        release(connection, maxIdle, idleTimeout);
    }

    /** The same with limits of the caller's own: at most {@code maxIdle} idle ones there, this one for so long. */
    public void release(PooledConnection connection, int maxIdle, long idleTimeout) {
        RoutePool pool = connection.pool();
        PooledConnection surplus =
                closed || maxIdle == 0 ? connection : pool.addIdle(connection, Ticks.after(idleTimeout), maxIdle);
        if (surplus != null) {
            pool.close(surplus);
        }
        if (closed) {
            closeIdle(pool);
        }
    }

    /** Takes back a connection that cannot, and closes it. */
    public void discard(PooledConnection connection) {
        connection.pool().close(connection);
    }

    /** Closes the idle connections now and each other one when it comes back. */
    public void close() {
        closed = true;
        routes.values().forEach(ConnectionPool::closeIdle);
    }

    public boolean isClosed() {
        return closed;
    }

    private static void closeIdle(RoutePool pool) {
        pool.removeAllIdle().forEach(pool::close);
    }

    private RoutePool enter(Route route) {
        while (true) {
            RoutePool pool = routes.computeIfAbsent(route, r -> new RoutePool(this, r));
            if (pool.enter()) {
                return pool;
            }
            routes.remove(route, pool);
        }
    }

    void retire(RoutePool pool) {
        routes.remove(pool.route(), pool);
    }
}

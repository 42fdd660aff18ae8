package io.httpipe.internal.pool;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.Transport;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Leases the connections of one client to its calls. Thread-safe.
 *
 * <p>Each connection from {@link #acquire} must be given back by exactly one call of {@link #release} or
 * {@link #discard}. A connection occupies a slot from before it is opened until it is removed, so {@link #acquire}
 * never exceeds the limits. {@link #adopt} and {@link #secure} do not wait, and may exceed a limit. Calls wait for a
 * slot in the order of their arrival.
 *
 * <p>{@link ConnectionReleaser} takes connections back, {@link PoolCloser} closes the pool, {@link PoolState} decides
 * which call is next. The package documentation describes the rules for ownership and locking.
 */
public final class ConnectionPool implements Dialer.DescriptorSource {
    private final Dialer dialer;
    private final PoolLimits limits;
    private final PoolState state;
    private final PoolLock lock;
    private final ConnectionReleaser releaser;
    private final PoolCloser closer;

    /** The calls that wait in {@link #prepare}. */
    private final Set<CallTimeouts> preparing = ConcurrentHashMap.newKeySet();

    /** Something that a call has to wait for before it can connect. */
    @FunctionalInterface
    public interface Preparation<T> {
        T run() throws IOException;
    }

    public ConnectionPool(Dialer dialer, PoolLimits limits) {
        this.dialer = dialer;
        this.limits = limits;
        this.state = new PoolState(this, limits);
        this.lock = new PoolLock(state);
        this.releaser = new ConnectionReleaser(lock, limits, state);
        this.closer = new PoolCloser(lock, state, releaser);
    }

    /**
     * Leases the usable idle connection that was released last, or a new connection if none is usable.
     *
     * @param reuse  which idle connections may be used
     * @param holder what the connection is for; error messages of waiting calls name it
     */
    public PooledConnection acquire(Route route, CallTimeouts timeouts, ReusePolicy reuse, Object holder)
            throws IOException {
        long waitUntil = timeouts.enter(CallStep.ACQUIRE);
        if (timeouts.isExpired()) {
            throw new ExpiredException();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ClosedByInterruptException();
        }
        PooledConnection connection = lease(route, reuse == ReusePolicy.NONE, holder, timeouts.entered(), waitUntil);
        while (connection.isOpened()) {
            if (connection.checkBeforeReuse(timeouts.entered(), reuse)) {
                return connection;
            }
            connection = replace(connection);
        }
        open(connection, timeouts);
        return connection;
    }

    /**
     * Runs something that {@link CallTimeouts#abortOpening} can end. {@link #close} aborts it as soon as no connection
     * is left, or the grace time is over.
     */
    public <T> T prepare(CallTimeouts timeouts, Preparation<T> preparation) throws IOException {
        preparing.add(timeouts);
        try {
            // If the client is terminated after this check, the closing thread sees the call and aborts it.
            if (lock.isTerminated()) {
                throw new ClientClosedException();
            }
            return preparation.run();
        } catch (ClosedChannelException e) {
            throw lock.isTerminated() && !Thread.currentThread().isInterrupted() ? new ClientClosedException() : e;
        } finally {
            preparing.remove(timeouts);
        }
    }

    private void open(PooledConnection connection, CallTimeouts timeouts) throws IOException {
        Route route = connection.route();
        boolean opened = false;
        connection.startOpening(timeouts);
        try {
            // If the client is terminated after this check, the closing thread sees the opening and aborts it.
            if (lock.isTerminated()) {
                throw new ClientClosedException();
            }
            connection.open(dialer.dial(route.address(), route.tls(), route.proxy(), timeouts, this));
            opened = true;
        } catch (ClosedChannelException e) {
            throw lock.isTerminated() && !Thread.currentThread().isInterrupted() ? new ClientClosedException() : e;
        } finally {
            if (!opened) {
                releaser.discard(connection, CloseReason.FAILED);
            }
        }
        if (lock.isTerminated()) {
            discard(connection);
            throw new ClientClosedException();
        }
    }

    /** Waits for this call's turn. Returns an idle connection of the route, or a slot in which to open one. */
    private PooledConnection lease(Route route, boolean needsNew, Object holder, long now, long waitUntil)
            throws IOException {
        if (lock.isLockFree() && !needsNew) {
            RoutePool known = state.find(route);
            PooledConnection newest = known == null ? null : known.idle.take();
            if (newest != null) {
                newest.pool().reused.increment();
                newest.startLease(holder, now);
                return newest;
            }
        }
        RoutePool pool;
        Waiter waiter = null;
        long minimumWait;
        PoolUsage usage = null;
        lock.lock();
        try {
            if (lock.isTerminated()) {
                throw new ClientClosedException();
            }
            pool = state.findOrCreate(route);
            if (pool.waiters.isEmpty()) {
                PooledConnection free = state.take(pool, needsNew);
                if (free == null) {
                    // Another thread may just have released a connection without the lock.
                    lock.requireLock();
                    free = state.take(pool, needsNew);
                }
                if (free != null) {
                    free.startLease(holder, now);
                    return free;
                }
            }
            minimumWait = pool.minimumWait(Math.min(limits.maxConnectionsPerRoute(), limits.maxConnections()));
            if (minimumWait > waitUntil - now) {
                state.forgetIfUnused(pool);
                usage = state.usage(pool);
            } else {
                waiter = state.addWaiter(pool, needsNew, holder);
            }
        } finally {
            lock.unlock();
        }
        if (waiter == null) {
            throw new ExpiredException(
                    "earlier calls need at least %d ms: %s".formatted(minimumWait / 1_000_000, usage), true);
        }
        PooledConnection assigned = waiter.await(waitUntil);
        return assigned == null ? stopWaiting(pool, waiter) : assigned;
    }

    /**
     * Leaves the queue and throws. If a connection was assigned meanwhile, returns it, unless the thread is
     * interrupted.
     */
    private PooledConnection stopWaiting(RoutePool pool, Waiter waiter) throws IOException {
        boolean interrupted = Thread.currentThread().isInterrupted();
        PoolUsage usage;
        lock.lock();
        try {
            PooledConnection assigned = waiter.assigned();
            if (assigned != null && !interrupted) {
                return assigned;
            }
            if (assigned != null) {
                assigned.endLease();
                state.removeAndClose(assigned, CloseReason.SURPLUS);
                state.serveWaiters(pool);
            } else {
                state.removeWaiter(pool, waiter);
            }
            usage = state.usage(pool);
        } finally {
            lock.unlock();
        }
        if (interrupted) {
            throw new ClosedByInterruptException();
        }
        throw waiter.rejected() ? new ClientClosedException() : new ExpiredException(usage.toString(), false);
    }

    /** Replaces an unusable connection with another idle one, or with a slot. The call does not have to wait again. */
    private PooledConnection replace(PooledConnection unusable) {
        RoutePool pool = unusable.pool();
        lock.lock();
        try {
            Object holder = Objects.requireNonNull(unusable.holder());
            unusable.endLease();
            state.removeAndClose(unusable, unusable.reasonNotUsable());
            PooledConnection next = state.takeIdle(pool);
            if (next == null) {
                next = state.newSlot(pool);
            }
            next.startLease(holder, unusable.leasedAt());
            return next;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a transport that was opened elsewhere, as a leased connection. It counts towards the limits but never waits
     * for them.
     *
     * @return null if {@link #close} has been called
     */
    public @Nullable PooledConnection adopt(Route route, Transport transport, Object holder) {
        lock.lock();
        try {
            if (lock.isClosing()) {
                return null;
            }
            PooledConnection adopted = state.newSlot(state.findOrCreate(route));
            adopted.open(transport);
            adopted.startLease(holder, NanoClock.now());
            return adopted;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does a TLS handshake over a leased plain connection, and moves the connection to the route with that TLS.
     *
     * @param port a part of the key under which TLS sessions are cached for resumption
     */
    public void secure(PooledConnection connection, int port, TlsIdentity tls, CallTimeouts timeouts)
            throws IOException {
        Route plainRoute = connection.route();
        if (plainRoute.tls() != null) {
            throw new IllegalStateException("this connection uses TLS already");
        }
        ProxyIdentity proxy = plainRoute.proxy();
        int sessionPort = proxy == null ? port : proxy.sessionPort(port);
        Transport secured = Dialer.secure(connection.transport(), sessionPort, tls, timeouts);
        lock.lock();
        try {
            if (connection.removed) {
                throw new ClientClosedException();
            }
            RoutePool plain = connection.pool();
            state.detach(plain, connection);
            RoutePool encrypted = state.findOrCreate(new Route(plainRoute.address(), tls, plainRoute.pool(), proxy));
            state.attach(encrypted, connection);
            connection.switchTo(encrypted, secured);
            state.serveWaiters(plain);
        } finally {
            lock.unlock();
        }
    }

    /** Takes back a connection that can carry another request. */
    public void release(PooledConnection connection) {
        releaser.release(connection, limits.maxIdlePerRoute(), limits.idleTimeout());
    }

    /**
     * Takes back a connection that can carry another request, with limits given by the caller.
     *
     * @param maxIdlePerRoute how many idle connections the route may have
     * @param idleTimeout     how long this connection may be idle, in nanoseconds
     * @return whether the connection was kept, or given to a waiting call
     */
    public boolean release(PooledConnection connection, int maxIdlePerRoute, long idleTimeout) {
        return releaser.release(connection, maxIdlePerRoute, idleTimeout);
    }

    /** Takes back a connection that cannot carry another request, and closes it. */
    public void discard(PooledConnection connection) {
        releaser.discard(connection, CloseReason.DONE);
    }

    /** Closes the connection that has been idle longest; returns false if none is idle. */
    @Override
    public boolean freeDescriptor() {
        return releaser.closeOldestIdle();
    }

    /** Closes a connection whose idle timer has expired. */
    void expire(PooledConnection connection) {
        releaser.expire(connection);
    }

    /**
     * Closes the idle connections now, and leased ones when they are given back. Connections of streams and exchanges
     * that the calling thread has left open are closed at once. When the grace time is over, the sockets of all other
     * connections are closed while their owners still use them, and calls that wait for a connection fail. If this
     * method is called a second time, it waits at most until the grace time of its first call is over.
     *
     * @param graceNanos how long to wait for leased connections, in nanoseconds
     */
    public void close(long graceNanos) {
        closer.close(graceNanos);
        preparing.forEach(CallTimeouts::abortOpening);
    }

    /** Returns the state of each route that has a connection or a waiting call. */
    public List<RouteSnapshot> snapshot() {
        lock.lock();
        try {
            return state.routes().stream().map(RoutePool::snapshot).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@link #close} has been called. */
    public boolean isClosed() {
        return lock.isClosing();
    }
}

package io.httpipe.internal.pool;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.SpinThenYield;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.Transport;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one client. Thread-safe.
 *
 * <p>A connection handed out by {@link #acquire} must come back by exactly one of {@link #release} and
 * {@link #discard}. Calls that find no place wait in the order in which they came; a connection that comes back goes
 * straight to the first of them. A place is counted from before a connection is opened until after it has left, so the
 * limits hold at every moment.
 *
 * <p>{@link #lock} guards all state here, in {@link PoolState} and {@link RoutePool}. It is never held over I/O: what is
 * to be closed is gathered, and closed when the lock has been left.
 *
 * <p>While it is {@link #calm}, a connection comes back and goes out again without the lock: where hundreds of threads
 * are ready to run, one that loses its processor with the lock in its hands would have the others park, each to go on
 * behind all that are ready. Whoever needs all connections to be seen makes it not calm first and looks then; whoever
 * brings one back puts it in its place first and looks then whether it is still calm.
 */
public final class ConnectionPool implements Dialer.Reserve {
    /** How long the closing waits before the log says for whom. */
    private static final long QUIET_WAIT = 1_000_000_000;

    private final ReentrantLock lock = new ReentrantLock();

    /** Opens when the client has been closed and nobody has a connection, or the grace time is over. */
    private final CountDownLatch settled = new CountDownLatch(1);

    private final Dialer dialer;
    private final PoolLimits limits;
    private final PoolState holdings;
    private final IdleSweeper sweep;

    /** Whether the log has been told whom the closing waits for. */
    private boolean waitingTold;

    private volatile boolean closed;
    private volatile boolean severed;

    /**
     * Whether nobody waits, the client is open, a sweep is due, and there cannot be too many idle connections in all: what
     * comes back concerns nobody else.
     */
    private volatile boolean calm;

    public ConnectionPool(Dialer dialer, PoolLimits limits) {
        this.dialer = dialer;
        this.limits = limits;
        this.holdings = new PoolState(this, limits);
        this.sweep = new IdleSweeper(this, holdings);
    }

    /**
     * Leases a connection: the newest idle one that is still good, else a fresh one.
     *
     * @param reuse  which idle ones will do
     * @param holder what the connection is for, as those who wait for it are told
     */
    public PooledConnection acquire(Route route, CallTimeouts budget, ReusePolicy reuse, Object holder)
            throws IOException {
        long waitUntil = budget.enter(CallStep.ACQUIRE);
        if (budget.exhausted()) {
            throw new ExpiredException();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ClosedByInterruptException();
        }
        PooledConnection connection = lease(route, reuse == ReusePolicy.NONE, holder, budget.entered(), waitUntil);
        while (connection.isOpened()) {
            if (connection.wake(budget.entered(), reuse)) {
                return connection;
            }
            connection = replace(connection);
        }
        open(connection, budget);
        return connection;
    }

    private void open(PooledConnection connection, CallTimeouts budget) throws IOException {
        Route route = connection.route();
        boolean opened = false;
        connection.opening(budget);
        try {
            // Whoever severs later finds that it is being opened.
            if (severed) {
                throw clientClosed();
            }
            connection.open(dialer.dial(route.address(), route.tls(), budget, this));
            opened = true;
        } catch (ClosedChannelException e) {
            throw severed && !Thread.currentThread().isInterrupted() ? clientClosed() : e;
        } finally {
            if (!opened) {
                leave(connection, CloseReason.FAILED);
            }
        }
        if (severed) {
            discard(connection);
            throw clientClosed();
        }
    }

    /** A connection of the route, or a place to open one, when it is this call's turn. */
    private PooledConnection lease(Route route, boolean fresh, Object holder, long now, long waitUntil)
            throws IOException {
        if (calm && !fresh) {
            RoutePool present = holdings.find(route);
            PooledConnection newest = present == null ? null : present.idle.take();
            if (newest != null) {
                newest.pool().reused.increment();
                newest.lend(holder, now);
                return newest;
            }
        }
        RoutePool pool;
        Waiter waiter = null;
        long least;
        PoolState.Use use = null;
        lock();
        try {
            if (severed) {
                throw clientClosed();
            }
            pool = holdings.of(route);
            if (pool.waiters.isEmpty()) {
                PooledConnection free = holdings.take(pool, fresh);
                if (free == null) {
                    calm = false;
                    free = holdings.take(pool, fresh);
                }
                if (free != null) {
                    free.lend(holder, now);
                    return free;
                }
            }
            least = pool.leastWait(Math.min(limits.maxOpen(), limits.maxOpenTotal()));
            if (least > waitUntil - now) {
                holdings.retire(pool);
                use = holdings.use(pool);
            } else {
                waiter = holdings.queue(pool, fresh, holder);
            }
        } finally {
            unlock();
        }
        if (waiter == null) {
            throw new ExpiredException(
                    "at least %d ms to wait behind others: %s".formatted(least / 1_000_000, use), true);
        }
        PooledConnection granted = waiter.await(waitUntil);
        return granted == null ? giveUp(pool, waiter) : granted;
    }

    /** Leaves the queue; a place that was granted meanwhile is taken after all, unless the call has been cancelled. */
    private PooledConnection giveUp(RoutePool pool, Waiter waiter) throws IOException {
        boolean interrupted = Thread.currentThread().isInterrupted();
        PoolState.Use use;
        lock();
        try {
            PooledConnection granted = waiter.granted();
            if (granted != null && !interrupted) {
                return granted;
            }
            if (granted != null) {
                granted.takeBack();
                holdings.doom(granted, CloseReason.SURPLUS);
                holdings.serveAll(pool);
            } else {
                holdings.unqueue(pool, waiter);
            }
            use = holdings.use(pool);
        } finally {
            unlock();
        }
        if (interrupted) {
            throw new ClosedByInterruptException();
        }
        throw waiter.refused() ? clientClosed() : new ExpiredException(use.toString(), false);
    }

    /** Swaps a connection that is no good for another idle one, or for a place to open one; no turn is lost. */
    private PooledConnection replace(PooledConnection stale) {
        RoutePool pool = stale.pool();
        lock();
        try {
            Object holder = Objects.requireNonNull(stale.holder());
            stale.takeBack();
            holdings.doom(stale, stale.decay());
            PooledConnection next = holdings.takeIdle(pool);
            if (next == null) {
                next = holdings.newPlace(pool);
            }
            next.lend(holder, stale.leasedAt());
            return next;
        } finally {
            unlock();
        }
    }

    /**
     * Takes in a transport that was opened elsewhere, as a leased connection that counts but never waits.
     *
     * @return null if the client has been closed
     */
    public @Nullable PooledConnection adopt(Route route, Transport transport, Object holder) {
        lock();
        try {
            if (closed) {
                return null;
            }
            RoutePool pool = holdings.of(route);
            PooledConnection adopted = holdings.newPlace(pool);
            adopted.open(transport);
            adopted.lend(holder, NanoClock.now());
            return adopted;
        } finally {
            unlock();
        }
    }

    /**
     * Shakes hands for TLS over a leased plain connection, which from then on belongs to the route of that TLS.
     *
     * @param port a part of the key under which sessions are kept for resumption
     */
    public void secure(PooledConnection connection, int port, TlsIdentity tls, CallTimeouts budget) throws IOException {
        Transport secured = Dialer.secure(connection.transport(), port, tls, budget);
        Route plain = connection.route();
        lock();
        try {
            if (connection.gone) {
                throw clientClosed();
            }
            RoutePool from = connection.pool();
            holdings.remove(from, connection);
            RoutePool to = holdings.of(new Route(plain.address(), tls, plain.pool()));
            holdings.add(to, connection);
            connection.become(to, secured);
            holdings.serveAll(from);
        } finally {
            unlock();
        }
    }

    /** Takes back a connection that can carry another request. */
    public void release(PooledConnection connection) {
        release(connection, limits.maxIdle(), limits.idleTimeout());
    }

    /**
     * The same with limits of the caller's own: at most {@code maxIdle} idle ones there, this one for so long.
     *
     * @return whether it is there now, or somebody who waited for it has it
     */
    public boolean release(PooledConnection connection, int maxIdle, long idleTimeout) {
        RoutePool pool = connection.pool();
        long now = NanoClock.now();
        boolean mayRest = connection.mayRest(now, idleTimeout, limits.maxLifetime());
        pool.learnHold(now - connection.leasedAt());
        connection.takeBack();
        boolean offered = false;
        if (mayRest) {
            connection.rest();
            offered = calm && maxIdle <= pool.maxIdle && pool.idle.offer(connection, maxIdle);
            if (offered && calm) {
                return true;
            }
        }
        lock();
        try {
            holdings.allowIdle(pool, maxIdle);
            if (connection.gone) {
                pool.idle.remove(connection);
            } else if (!mayRest) {
                holdings.doom(connection, CloseReason.OLD);
            } else if (!offered) {
                pool.idle.addFirst(connection);
            }
            holdings.serveAll(pool);
            dropSurplusIdle(pool, maxIdle);
            holdings.rested();
            holdings.retire(pool);
            return !connection.gone;
        } finally {
            unlock();
        }
    }

    private void dropSurplusIdle(RoutePool pool, int maxIdle) {
        while (pool.idle.size() > (closed ? 0 : maxIdle)) {
            PooledConnection oldest = pool.idle.pollLast();
            if (oldest == null) {
                // The others are on their way in, or being looked at, and are seen to when they are back.
                break;
            }
            holdings.doom(oldest, closed ? CloseReason.CLIENT_CLOSED : CloseReason.SURPLUS);
        }
        if (!sweep.isDue() && pool.idle.size() > 0) {
            sweep.schedule();
        }
    }

    /** Takes back a connection that cannot, and closes it. */
    public void discard(PooledConnection connection) {
        leave(connection, CloseReason.DONE);
    }

    private void leave(PooledConnection connection, CloseReason reason) {
        long now = NanoClock.now();
        lock();
        try {
            connection.takeBack();
            connection.pool().learnHold(now - connection.leasedAt());
            holdings.doom(connection, reason);
            holdings.serveAll(connection.pool());
        } finally {
            unlock();
        }
    }

    /** Closes the connection that has been idle for longest; false if none is idle. */
    @Override
    public boolean freeDescriptor() {
        PooledConnection oldest;
        lock();
        try {
            oldest = holdings.takeOldestIdle();
            if (oldest == null) {
                return false;
            }
        } finally {
            unlock();
        }
        oldest.leavePoller();
        lock();
        try {
            holdings.doom(oldest, CloseReason.SURPLUS);
            holdings.serveAll(oldest.pool());
        } finally {
            unlock();
        }
        return true;
    }

    /** Closes a connection that has rested for long enough. */
    void expire(PooledConnection connection) {
        lock();
        try {
            if (connection.pool().idle.remove(connection)) {
                holdings.doom(connection, CloseReason.IDLE);
                holdings.serveAll(connection.pool());
            }
        } finally {
            unlock();
        }
    }

    /**
     * Closes the idle connections now, with those that the calling thread has left open, and each other one when it
     * comes back. When the grace time is over, the sockets of those that have not come back are closed under their
     * owners, and calls that still wait are refused. A second time waits for the end of the first one's grace time, if
     * at all.
     */
    public void close(long grace) {
        boolean interrupted = false;
        try {
            for (PooledConnection own : shut()) {
                own.sever();
            }
            long quiet = Math.min(grace, QUIET_WAIT);
            if (!settled.await(quiet, TimeUnit.NANOSECONDS) && quiet < grace) {
                tellWhomClosingWaitsFor();
                settled.await(grace - quiet, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            severAll();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Closes what is idle, and from now on what comes back.
     *
     * @return what the calling thread has left open, to be severed: while that waits here, nobody else would
     */
    private List<PooledConnection> shut() {
        List<PooledConnection> own = new ArrayList<>();
        lock();
        try {
            closed = true;
            calm = false;
            for (RoutePool pool : holdings.routes()) {
                dropSurplusIdle(pool, 0);
                own.addAll(holdings.forsakeOwn(pool));
                holdings.serveAll(pool);
            }
        } finally {
            unlock();
        }
        return own;
    }

    private void tellWhomClosingWaitsFor() {
        CloseReport awaited = new CloseReport();
        lock();
        try {
            if (waitingTold) {
                return;
            }
            waitingTold = true;
            holdings.tell(awaited);
        } finally {
            unlock();
        }
        awaited.write();
    }

    /** Closes the rest, whoever has it. */
    private void severAll() {
        List<PooledConnection> held = new ArrayList<>();
        lock();
        try {
            severed = true;
            settled.countDown();
            for (RoutePool pool : holdings.routes()) {
                pool.waiters.forEach(Waiter::refuse);
                held.addAll(pool.connections());
            }
        } finally {
            unlock();
        }
        for (PooledConnection connection : held) {
            connection.sever();
        }
    }

    /** The state of each route that has a connection or a waiter. */
    public List<RouteSnapshot> snapshot() {
        lock();
        try {
            return holdings.routes().stream().map(RoutePool::snapshot).toList();
        } finally {
            unlock();
        }
    }

    public boolean isClosed() {
        return closed;
    }

    private static IOException clientClosed() {
        return new ClientClosedException();
    }

    void lock() {
        SpinThenYield.acquire(lock);
    }

    /** Ends the {@link #calm}, under the lock, until it is left. */
    void endCalm() {
        calm = false;
    }

    void unlock() {
        List<PooledConnection> closing = List.of();
        try {
            closing = holdings.takeDoomed();
            calm = sweep.isDue() && !closed && holdings.nobodyWaits() && holdings.cannotHaveSurplusIdle();
            if (closed && holdings.isEmpty()) {
                // Whoever would begin now is told so at once.
                severed = true;
                settled.countDown();
            }
        } finally {
            lock.unlock();
        }
        for (PooledConnection connection : closing) {
            connection.close();
        }
    }
}

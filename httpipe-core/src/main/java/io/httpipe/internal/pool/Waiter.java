package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.OperationTimer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits in the queue of a route. {@link #assign} and {@link #reject} need the {@link PoolLock}; only the
 * waiting thread calls {@link #await}, without it.
 */
final class Waiter implements OperationTimer.Owner {
    /** The position in the order of arrival over all routes. */
    final long ticket;

    /** Whether the call needs a new connection and cannot use an idle one. */
    final boolean needsNew;

    /** What the connection is for. */
    final Object holder;

    private final Thread thread = Thread.currentThread();
    private final OperationTimer timer = new OperationTimer(this);
    private volatile @Nullable PooledConnection assigned;
    private volatile boolean rejected;

    Waiter(long ticket, boolean needsNew, Object holder) {
        this.ticket = ticket;
        this.needsNew = needsNew;
        this.holder = holder;
    }

    /**
     * Waits until a connection is assigned. The thread parks without a timeout, because the JDK would create and cancel
     * a timer for each timed park. An {@link OperationTimer} costs less.
     *
     * @return null if the time is over, the thread is interrupted, or the call was rejected
     */
    @Nullable
    PooledConnection await(long until) {
        try {
            timer.arm(until);
            while (assigned == null && !rejected && !thread.isInterrupted() && NanoClock.now() < until) {
                LockSupport.park(this);
            }
            return assigned;
        } finally {
            timer.cancel();
        }
    }

    @Override
    public void expired() {
        LockSupport.unpark(thread);
    }

    /** The assigned connection: either an idle one, or a slot in which to open one. Null if none is assigned yet. */
    @Nullable
    PooledConnection assigned() {
        return assigned;
    }

    /** Whether the client was closed, so that no connection will be assigned. */
    boolean rejected() {
        return rejected;
    }

    void assign(PooledConnection connection) {
        assigned = connection;
        LockSupport.unpark(thread);
    }

    void reject() {
        rejected = true;
        LockSupport.unpark(thread);
    }
}

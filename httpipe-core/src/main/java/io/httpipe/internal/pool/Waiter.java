package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.OperationTimer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A call in the queue of a route. The pool's lock guards who grants or leaves; the waiting thread only looks. */
final class Waiter implements OperationTimer.Owner {
    /** Counts up from call to call. */
    final long ticket;

    /** Whether nothing but a fresh connection will do. */
    final boolean fresh;

    /** What the connection is for. */
    final Object holder;

    private final Thread thread = Thread.currentThread();
    private final OperationTimer alarm = new OperationTimer(this);
    private volatile @Nullable PooledConnection granted;
    private volatile boolean refused;

    Waiter(long ticket, boolean fresh, Object holder) {
        this.ticket = ticket;
        this.fresh = fresh;
        this.holder = holder;
    }

    /**
     * Waits for its turn. A timed park would cost more than all the rest: the JDK sets a timer for each, and stops it
     * again.
     *
     * @return what was granted; null if the time is over, the thread is interrupted, or the wait is in vain
     */
    @Nullable
    PooledConnection await(long until) {
        try {
            alarm.arm(until);
            while (granted == null && !refused && !thread.isInterrupted() && NanoClock.now() < until) {
                LockSupport.park(this);
            }
            return granted;
        } finally {
            alarm.cancel();
        }
    }

    @Override
    public void expired() {
        LockSupport.unpark(thread);
    }

    /** What it waited for: an idle connection, or a place to open one; null while it waits. */
    @Nullable
    PooledConnection granted() {
        return granted;
    }

    /** Whether it waits in vain, because the client has been closed. */
    boolean refused() {
        return refused;
    }

    void grant(PooledConnection connection) {
        granted = connection;
        LockSupport.unpark(thread);
    }

    void refuse() {
        refused = true;
        LockSupport.unpark(thread);
    }
}

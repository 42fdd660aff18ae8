package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.OperationTimer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Checks the idle connections of a client once a second and closes those that the server has closed. A route is left
 * out if all of its idle connections were used within the last second. {@link #schedule} needs the {@link PoolLock}.
 * Each sweep runs on its own virtual thread and takes the lock when it needs it.
 */
final class IdleSweeper implements OperationTimer.Owner {
    private static final long INTERVAL_NANOS = 1_000_000_000;

    private final PoolLock lock;
    private final PoolState state;

    /** Starts the next sweep; null while no sweep is scheduled or running. */
    private @Nullable OperationTimer timer;

    IdleSweeper(PoolLock lock, PoolState state) {
        this.lock = lock;
        this.state = state;
    }

    /** Schedules a sweep. Must be called only while {@link PoolLock#sweepScheduled} is false. */
    void schedule() {
        OperationTimer next = new OperationTimer(this);
        next.arm(NanoClock.after(INTERVAL_NANOS));
        timer = next;
        lock.sweepScheduled = true;
    }

    @Override
    public void expired() {
        Thread.ofVirtual().name("httpipe-sweep").start(this::sweep);
    }

    /** Checks each idle connection one time, except those of the routes that are left out. */
    private void sweep() {
        Map<RoutePool, Integer> counts = new HashMap<>();
        lock.lock();
        try {
            Objects.requireNonNull(timer).cancel();
            long now = NanoClock.now();
            state.routes().forEach(pool -> {
                // If all connections of a route are in constant use, they stay available to calls.
                if (now - pool.idle.oldestSince() >= INTERVAL_NANOS) {
                    counts.put(pool, pool.idle.size());
                }
            });
        } finally {
            lock.unlock();
        }
        try {
            counts.forEach((pool, count) -> {
                for (int i = 0; i < count; i++) {
                    checkOldest(pool);
                }
            });
        } finally {
            finishSweep();
        }
    }

    private void finishSweep() {
        lock.lock();
        try {
            timer = null;
            lock.sweepScheduled = false;
            // If a connection is released from here on, either it is seen below or its release schedules the next
            // sweep.
            lock.requireLock();
            if (state.routes().stream().anyMatch(pool -> pool.idle.size() > 0)) {
                schedule();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Checks the oldest idle connection. If it is usable, it becomes the newest, otherwise it is closed. After a full
     * round, the connections that are left have the same order as before.
     */
    private void checkOldest(RoutePool pool) {
        PooledConnection oldest;
        lock.lock();
        try {
            oldest = pool.idle.startCheckOfLast();
            if (oldest == null) {
                return;
            }
            oldest.startLease("the check of an idle connection", NanoClock.now());
        } finally {
            lock.unlock();
        }
        boolean usable = oldest.checkUsable();
        lock.lock();
        try {
            boolean keep = usable && !lock.isClosing();
            oldest.endLease();
            if (keep) {
                oldest.startIdleTimer();
            } else {
                state.removeAndClose(oldest, usable ? CloseReason.CLIENT_CLOSED : oldest.reasonNotUsable());
            }
            // From here on another thread may take the connection.
            pool.idle.finishCheck(oldest, keep);
            state.serveWaiters(pool);
        } finally {
            lock.unlock();
        }
    }
}

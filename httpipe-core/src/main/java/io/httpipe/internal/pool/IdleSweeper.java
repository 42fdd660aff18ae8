package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.OperationTimer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the idle connections of a client once a second, and drops those that the server has closed. Guarded by the
 * lock of its {@link ConnectionPool}, which it takes itself where it runs on a thread of its own.
 */
final class IdleSweeper implements OperationTimer.Owner {
    /** How often idle connections are looked at. */
    private static final long INTERVAL = 1_000_000_000;

    private final ConnectionPool owner;
    private final PoolState holdings;

    /** When the next sweep is due; null while there is nothing to sweep. */
    private @Nullable OperationTimer alarm;

    IdleSweeper(ConnectionPool owner, PoolState holdings) {
        this.owner = owner;
        this.holdings = holdings;
    }

    /** Whether a sweep is due, at some time or now. */
    boolean isDue() {
        return alarm != null;
    }

    void schedule() {
        OperationTimer next = new OperationTimer(this);
        next.arm(NanoClock.after(INTERVAL));
        alarm = next;
    }

    /** Begins the sweep that is due. */
    @Override
    public void expired() {
        Thread.ofVirtual().name("httpipe-sweep").start(this::sweep);
    }

    /** Looks at each idle connection once, and drops those that the server has closed meanwhile. */
    private void sweep() {
        Map<RoutePool, Integer> counts = new HashMap<>();
        owner.lock();
        try {
            Objects.requireNonNull(alarm).cancel();
            holdings.routes().forEach(pool -> counts.put(pool, pool.idle.size()));
        } finally {
            owner.unlock();
        }
        try {
            counts.forEach((pool, count) -> {
                for (int i = 0; i < count; i++) {
                    inspectOldest(pool);
                }
            });
        } finally {
            swept();
        }
    }

    private void swept() {
        owner.lock();
        try {
            alarm = null;
            owner.endCalm();
            if (holdings.routes().stream().anyMatch(pool -> pool.idle.size() > 0)) {
                schedule();
            }
        } finally {
            owner.unlock();
        }
    }

    /** Takes the oldest idle connection and puts it back as the newest: once round, and the order is as it was. */
    private void inspectOldest(RoutePool pool) {
        PooledConnection oldest;
        owner.lock();
        try {
            oldest = pool.idle.inspectLast();
            if (oldest == null) {
                return;
            }
            oldest.lend("a look at whether the server has closed it", NanoClock.now());
        } finally {
            owner.unlock();
        }
        boolean good = oldest.stillGood();
        owner.lock();
        try {
            boolean stays = good && !owner.isClosed();
            oldest.takeBack();
            if (stays) {
                oldest.rest();
            } else {
                holdings.doom(oldest, good ? CloseReason.CLIENT_CLOSED : oldest.decay());
            }
            // From here on others may have it.
            pool.idle.inspected(oldest, stays);
            holdings.serveAll(pool);
        } finally {
            owner.unlock();
        }
    }
}

package io.httpipe.internal.policy;

import io.httpipe.internal.connect.SpinThenYield;
import io.httpipe.internal.wire.Origin;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The retry budgets of all clients over one pool, one for each origin. Thread-safe.
 *
 * <p>It holds at most 1,000 budgets. When there is one more origin, it drops the budgets that were not used for ten
 * seconds, which loses nothing. If there are none, it drops the one that was not used for the longest time.
 */
final class RetryBudgets {
    private static final int MAX_ORIGINS = 1_000;

    private final ConcurrentHashMap<Origin, RetryBudget> budgets = new ConcurrentHashMap<>();

    /** Guards the addition of budgets, so that there are never too many. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Returns the budget of an origin, at a time of {@link io.httpipe.internal.connect.NanoClock}. */
    RetryBudget of(Origin origin, long now) {
        RetryBudget known = budgets.get(origin);
        return known != null ? known : add(origin, now);
    }

    private RetryBudget add(Origin origin, long now) {
        SpinThenYield.acquire(lock);
        try {
            RetryBudget added = budgets.get(origin);
            if (added == null) {
                if (budgets.size() >= MAX_ORIGINS) {
                    makeRoom(now);
                }
                added = new RetryBudget(now);
                budgets.put(origin, added);
            }
            return added;
        } finally {
            lock.unlock();
        }
    }

    private void makeRoom(long now) {
        budgets.values().removeIf(budget -> budget.isIdle(now));
        if (budgets.size() < MAX_ORIGINS) {
            return;
        }
        Origin oldest = null;
        long oldestUse = Long.MAX_VALUE;
        for (Map.Entry<Origin, RetryBudget> entry : budgets.entrySet()) {
            long lastUsed = entry.getValue().lastUsed();
            if (lastUsed < oldestUse) {
                oldest = entry.getKey();
                oldestUse = lastUsed;
            }
        }
        if (oldest != null) {
            budgets.remove(oldest);
        }
    }

    /** The number of budgets. */
    int size() {
        return budgets.size();
    }
}

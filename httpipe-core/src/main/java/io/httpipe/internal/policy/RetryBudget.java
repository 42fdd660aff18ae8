package io.httpipe.internal.policy;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Limits the retries of all calls to one origin, so that retries do not multiply the load of a server that fails. The
 * retries of the last ten seconds are at most 10 plus 20 % of the calls of these seconds, rounded up.
 *
 * <p>Thread-safe, without locks. Times are those of {@link io.httpipe.internal.connect.NanoClock}. The current second,
 * however little of it has passed, is the last of the ten. A thread may be paused after it has read the clock. If the
 * pause is so long that the second is forgotten, the call may count in a later second.
 */
final class RetryBudget {
    /** The number of seconds that are remembered. */
    private static final int WINDOW = 10;

    /** Retries that are allowed even if there are few calls. */
    private static final int ALWAYS_ALLOWED = 10;

    private static final int CALLS_PER_RETRY = 5;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** The maximum number of calls and of retries that are counted in a second. */
    private static final int MAX_COUNT = 0xffff;

    private static final int CALL = 1;
    private static final int RETRY = MAX_COUNT + 1;

    /**
     * The counts of one second in each element. The upper 32 bits are the number of the second, then come 16 bits of
     * retries and 16 bits of calls. An element is used again after ten seconds.
     */
    private final AtomicLongArray counts = new AtomicLongArray(WINDOW);

    /** Creates a budget. This counts as a use at this time, so the budget is idle only after ten seconds. */
    RetryBudget(long now) {
        long second = now / NANOS_PER_SECOND;
        counts.set((int) (second % WINDOW), current(0, second));
    }

    /** Counts a call that begins at this time. */
    void countCall(long now) {
        long second = now / NANOS_PER_SECOND;
        int index = (int) (second % WINDOW);
        long before;
        long current;
        do {
            before = counts.get(index);
            current = current(before, second);
            if (calls(current) == MAX_COUNT) {
                // Further calls of this second do not increase the budget.
                return;
            }
        } while (!counts.compareAndSet(index, before, current + CALL));
    }

    /** Takes a retry out of the budget at this time. Returns false if none is left. */
    boolean takeRetry(long now) {
        long second = now / NANOS_PER_SECOND;
        int index = (int) (second % WINDOW);
        long before;
        long current;
        do {
            before = counts.get(index);
            current = current(before, second);
            if (retries(current) == MAX_COUNT || !hasRetryLeft(second)) {
                return false;
            }
            // If another thread has counted in the same second meanwhile, this fails, and the budget is checked again.
            // So two threads cannot both take the last retry in the same second.
        } while (!counts.compareAndSet(index, before, current + RETRY));
        return true;
    }

    /** Whether nothing has been counted in the ten seconds before this time. */
    boolean isIdle(long now) {
        return lastUsed() <= now / NANOS_PER_SECOND - WINDOW;
    }

    /** The last second in which anything was counted. */
    long lastUsed() {
        long last = 0;
        for (int i = 0; i < WINDOW; i++) {
            last = Math.max(last, second(counts.get(i)));
        }
        return last;
    }

    private boolean hasRetryLeft(long second) {
        int calls = 0;
        int retries = 0;
        for (int i = 0; i < WINDOW; i++) {
            long element = counts.get(i);
            if (second(element) > second - WINDOW) {
                calls += calls(element);
                retries += retries(element);
            }
        }
        return retries * CALLS_PER_RETRY < ALWAYS_ALLOWED * CALLS_PER_RETRY + calls;
    }

    /** Returns the element to count in: this element, or an empty one if the second of this element is over. */
    private static long current(long element, long second) {
        return second(element) >= second ? element : second << 32;
    }

    private static long second(long element) {
        return element >>> 32;
    }

    private static int retries(long element) {
        return (int) (element >>> 16) & MAX_COUNT;
    }

    private static int calls(long element) {
        return (int) element & MAX_COUNT;
    }
}

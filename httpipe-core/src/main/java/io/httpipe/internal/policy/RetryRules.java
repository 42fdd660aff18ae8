package io.httpipe.internal.policy;

import java.time.InstantSource;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Says when a failed call is retried. Immutable, and thread-safe if {@code clock} and {@code random} are. Durations are
 * in nanoseconds.
 *
 * @param attempts      the first attempt plus the retries of a call; 1 or more
 * @param firstBackoff  the longest wait before the second attempt, if the server asks for no wait
 * @param maxBackoff    the longest wait before any attempt, if the server asks for no wait; not less than
 *                      {@code firstBackoff}
 * @param statuses      the statuses of responses after which to try again; 400 or more
 * @param maxRetryAfter the longest wait that a server may ask for
 * @param clock         gives the current time, for a {@code Retry-After} that is a date
 * @param random        chooses the waits
 */
public record RetryRules(
        int attempts,
        long firstBackoff,
        long maxBackoff,
        Set<Integer> statuses,
        long maxRetryAfter,
        InstantSource clock,
        RandomGenerator random) {

    public RetryRules {
        statuses = Set.copyOf(statuses);
    }

    /** Whether a response with this status is a reason to try again. */
    boolean retriesStatus(int status) {
        return status >= 400 && statuses.contains(status);
    }

    /**
     * Chooses a wait at random between 0 and the backoff, which doubles with each attempt. Calls that failed together
     * are thereby spread over the whole time.
     *
     * @param attemptsSoFar 1 or more
     */
    long backoff(int attemptsSoFar) {
        int doublings = attemptsSoFar - 1;
        boolean overflows = firstBackoff != 0 && doublings >= Long.numberOfLeadingZeros(firstBackoff);
        long longest = overflows ? maxBackoff : Math.min(firstBackoff << doublings, maxBackoff);
        // Not nextLong(bound), which repeats forever if a generator returns the same bits each time.
        return Math.min(longest, (long) (random.nextDouble() * (longest + 1.0)));
    }
}

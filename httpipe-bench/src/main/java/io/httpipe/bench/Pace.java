package io.httpipe.bench;

import java.time.Duration;

/**
 * The number and length of the turns.
 *
 * @param warmUps      the minimum number of uncounted turns of each client in a scenario that warms up; with 0, only
 *                     the first such scenario has uncounted turns
 * @param rounds       the number of counted turns of each client in most scenarios
 * @param leadIn       the part of a turn that is not measured
 * @param length       the part of a turn that is measured in most scenarios
 * @param startTimeout how long the threads of a turn may take to get their first responses
 */
record Pace(int warmUps, int rounds, Duration leadIn, Duration length, Duration startTimeout) {
    static final Pace FULL = new Pace(1, 5, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(15));
    static final Pace QUICK = new Pace(0, 1, Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofSeconds(3));

    /** Whether only the first scenario is warmed up. The results are then only a first impression. */
    boolean isQuick() {
        return warmUps == 0;
    }

    /** The length of a turn with few operations, which needs more time for a useful result. */
    Duration longerLength() {
        return isQuick() ? length : length.multipliedBy(2);
    }

    Pace withRounds(int rounds) {
        return new Pace(warmUps, rounds, leadIn, length, startTimeout);
    }

    Pace withLength(Duration length) {
        return new Pace(warmUps, rounds, leadIn, length, startTimeout);
    }
}

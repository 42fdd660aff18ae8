package io.httpipe.bench;

import java.time.Duration;

/**
 * How long everything goes on.
 *
 * @param warmUps turns of each client that are not counted
 * @param rounds  turns that are
 * @param leadIn  what of each turn is not measured
 * @param length  what is
 */
record Pace(int warmUps, int rounds, Duration leadIn, Duration length) {
    static final Pace FULL = new Pace(1, 5, Duration.ofMillis(500), Duration.ofSeconds(2));
    static final Pace QUICK = new Pace(0, 1, Duration.ofMillis(400), Duration.ofMillis(400));

    /** Whether nothing is warmed up, so that what it tells is a first impression. */
    boolean isQuick() {
        return warmUps == 0;
    }

    Pace withRounds(int rounds) {
        return new Pace(warmUps, rounds, leadIn, length);
    }

    Pace withLength(Duration length) {
        return new Pace(warmUps, rounds, leadIn, length);
    }
}

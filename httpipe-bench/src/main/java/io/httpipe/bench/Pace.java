package io.httpipe.bench;

import java.time.Duration;

/**
 * How long everything goes on.
 *
 * @param warmUps  turns of each client that are not counted; with none, only the first kind of work has any
 * @param rounds   turns that are
 * @param leadIn   what of each turn is not measured
 * @param length   what is
 * @param patience how long the threads of a turn may take to have their first answers
 */
record Pace(int warmUps, int rounds, Duration leadIn, Duration length, Duration patience) {
    static final Pace FULL = new Pace(1, 5, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(15));
    static final Pace QUICK = new Pace(0, 1, Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofSeconds(3));

    /** Whether nothing is warmed up, so that what it tells is a first impression. */
    boolean isQuick() {
        return warmUps == 0;
    }

    /** The length of a turn in which so little is done that twice as much tells more. */
    Duration lengthOfFew() {
        return isQuick() ? length : length.multipliedBy(2);
    }

    Pace withRounds(int rounds) {
        return new Pace(warmUps, rounds, leadIn, length, patience);
    }

    Pace withLength(Duration length) {
        return new Pace(warmUps, rounds, leadIn, length, patience);
    }
}

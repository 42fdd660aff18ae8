package io.httpipe.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One part of a soak. It ends when each caller has made its calls, or when its time is over. The soak reads the gauges
 * before the next round begins.
 *
 * @param calls how many calls each caller has made at the end of this round, including earlier rounds
 * @param end   when the last calls begin, as the time since the start of the soak
 */
record SoakRound(long calls, Duration end) {
    private static final Duration FIRST = Duration.ofSeconds(20);
    private static final Duration OTHERS = Duration.ofMinutes(1);

    /** Rounds with a fixed number of calls, which are the same on every machine. */
    static List<SoakRound> counted(int rounds, long callsOfEach) {
        List<SoakRound> all = new ArrayList<>();
        for (int i = 1; i <= rounds; i++) {
            all.add(new SoakRound(i * callsOfEach, Duration.ofSeconds(Long.MAX_VALUE)));
        }
        return all;
    }

    /** Rounds for a fixed time: first a short one, then one for each minute. */
    static List<SoakRound> timed(Duration time) {
        List<SoakRound> all = new ArrayList<>();
        Duration third = time.dividedBy(3);
        Duration end = third.compareTo(FIRST) < 0 ? third : FIRST;
        while (end.compareTo(time) < 0) {
            all.add(new SoakRound(Long.MAX_VALUE, end));
            end = end.plus(OTHERS);
        }
        all.add(new SoakRound(Long.MAX_VALUE, time));
        return all;
    }
}

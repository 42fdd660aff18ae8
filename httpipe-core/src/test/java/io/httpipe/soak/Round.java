package io.httpipe.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a soak. It ends when each caller has made its calls, or when its time is over; what it has left behind is
 * looked at before the next round begins.
 *
 * @param calls how many calls of each caller are made by the end of this round, those of earlier rounds included
 * @param end   when the last calls begin, counted from the start of the soak
 */
record Round(long calls, Duration end) {
    private static final Duration FIRST = Duration.ofSeconds(20);
    private static final Duration OTHERS = Duration.ofMinutes(1);

    /** The same calls on every machine, however long they take. */
    static List<Round> counted(int rounds, long callsOfEach) {
        List<Round> all = new ArrayList<>();
        for (int i = 1; i <= rounds; i++) {
            all.add(new Round(i * callsOfEach, Duration.ofSeconds(Long.MAX_VALUE)));
        }
        return all;
    }

    /** As many calls as the machine makes in this time: a short round first, and then one a minute. */
    static List<Round> timed(Duration time) {
        List<Round> all = new ArrayList<>();
        Duration third = time.dividedBy(3);
        Duration end = third.compareTo(FIRST) < 0 ? third : FIRST;
        while (end.compareTo(time) < 0) {
            all.add(new Round(Long.MAX_VALUE, end));
            end = end.plus(OTHERS);
        }
        all.add(new Round(Long.MAX_VALUE, time));
        return all;
    }
}

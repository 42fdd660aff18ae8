package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Hop;
import io.httpipe.Httpipe;
import java.util.List;

/** Returns the statuses and origins of the attempts of a call. */
final class Attempts {
    private Attempts() {}

    /** Returns the status of each attempt; 0 for a failure. */
    static List<Integer> statuses(List<Hop> hops) {
        return hops.stream().map(Hop::status).toList();
    }

    /** Returns the origin of each attempt. */
    static List<String> origins(List<Hop> hops) {
        return hops.stream().map(Hop::origin).toList();
    }

    static void assertNothingLeased(Httpipe hp) {
        assertTrue(
                hp.stats().stream().allMatch(route -> route.leased() == 0),
                () -> hp.stats().toString());
    }
}

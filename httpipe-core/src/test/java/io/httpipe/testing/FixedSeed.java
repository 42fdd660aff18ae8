package io.httpipe.testing;

import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Random numbers that are the same in every run; the seed is printed, so that the log of a build says what was run. */
public final class FixedSeed {
    private static final Set<String> PRINTED = ConcurrentHashMap.newKeySet();

    private final long seed;

    /** The seed of a test, which is printed when it is first used. */
    public FixedSeed(Class<?> test, long seed) {
        this.seed = seed;
        String line = test.getSimpleName() + ": seed " + seed;
        if (PRINTED.add(line)) {
            System.out.println(line);
        }
    }

    /** Numbers of a test that needs one sequence of them. */
    public Random random() {
        return new Random(seed);
    }

    /** Numbers of one thread or connection of many; each has its own, whichever order they run in. */
    public Random random(int number) {
        return new Random(seed * 1_000_003 + number);
    }
}

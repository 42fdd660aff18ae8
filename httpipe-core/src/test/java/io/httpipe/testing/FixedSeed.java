package io.httpipe.testing;

import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Random numbers that are the same in every run. The seed is printed to the build log. */
public final class FixedSeed {
    private static final Set<String> PRINTED = ConcurrentHashMap.newKeySet();

    private final long seed;

    /** A seed for this test. Prints the seed on first use. */
    public FixedSeed(Class<?> test, long seed) {
        this.seed = seed;
        String line = test.getSimpleName() + ": seed " + seed;
        if (PRINTED.add(line)) {
            System.out.println(line);
        }
    }

    /** {@return a generator for a test that needs only one} */
    public Random random() {
        return new Random(seed);
    }

    /** {@return the generator of one thread or connection, independent of the order in which they run} */
    public Random random(int number) {
        return new Random(seed * 1_000_003 + number);
    }
}

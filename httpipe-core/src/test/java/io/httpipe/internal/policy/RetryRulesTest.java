package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.testing.FixedSeed;
import java.math.BigInteger;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** {@link RetryRules}: which statuses are retried, and the random waits. */
class RetryRulesTest {
    private static final FixedSeed SEED = new FixedSeed(RetryRulesTest.class, 17);

    /** Its {@code nextDouble} is 0. */
    private static final RandomGenerator LOWEST = () -> 0;

    /** Its {@code nextDouble} is as close to 1 as possible. */
    private static final RandomGenerator HIGHEST = () -> -1;

    @Test
    void theLongestWaitDoublesUpToTheMaximum() {
        RetryRules rules = rules(100, 1_000, HIGHEST);
        long[] expected = {100, 200, 400, 800, 1_000, 1_000};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], rules.backoff(i + 1));
        }
        for (int attempts : new int[] {56, 57, 58, 63, 64, 65, 66, 128, 129, Integer.MAX_VALUE}) {
            assertEquals(1_000, rules.backoff(attempts));
        }
    }

    @Test
    void theShortestWaitIsZero() {
        for (int attempts : new int[] {1, 2, 64, Integer.MAX_VALUE}) {
            assertEquals(0, rules(100, NanoClock.NEVER, LOWEST).backoff(attempts));
        }
    }

    @Test
    void withoutABackoffThereIsNoWait() {
        for (int attempts : new int[] {1, 2, 63, 64, 65, Integer.MAX_VALUE}) {
            assertEquals(0, rules(0, 0, HIGHEST).backoff(attempts));
            assertEquals(0, rules(0, 1_000, HIGHEST).backoff(attempts));
        }
    }

    @Test
    void neverOverflows() {
        Random random = SEED.random(1);
        for (int i = 0; i < 100_000; i++) {
            long first = random.nextLong() >>> 1 + random.nextInt(63);
            long max = first + ((Long.MAX_VALUE - first) >>> random.nextInt(64));
            int attempts = 1 + random.nextInt(1 << random.nextInt(31));
            long longest = BigInteger.valueOf(first)
                    .shiftLeft(Math.min(attempts - 1, 64))
                    .min(BigInteger.valueOf(max))
                    .longValueExact();
            long highest = rules(first, max, HIGHEST).backoff(attempts);
            assertTrue(highest <= longest && highest >= longest - longest / 1_000_000, first + " " + max);
            long wait = rules(first, max, random).backoff(attempts);
            assertTrue(wait >= 0 && wait <= longest, wait + " of " + longest);
        }
    }

    @Test
    void allWaitsAreEquallyLikely() {
        Random random = SEED.random(2);
        RetryRules rules = rules(3, 1_000, random);
        int[] counts = new int[4];
        for (int i = 0; i < 40_000; i++) {
            counts[(int) rules.backoff(1)]++;
        }
        for (int count : counts) {
            assertEquals(10_000, count, 400);
        }
        long sum = 0;
        RetryRules seconds = rules(1_000_000_000, 8_000_000_000L, random);
        for (int i = 0; i < 10_000; i++) {
            sum += seconds.backoff(4);
        }
        assertEquals(4e9, sum / 10_000.0, 1e8);
    }

    @Test
    void onlyTheChosenStatusesAreRetried() {
        Set<Integer> statuses = new HashSet<>(Set.of(429, 503));
        RetryRules rules = new RetryRules(2, 0, 0, statuses, 0, InstantSource.system(), LOWEST);
        statuses.add(500);
        assertThrows(UnsupportedOperationException.class, () -> rules.statuses().add(500));
        for (int status = 100; status < 1000; status++) {
            assertEquals(status == 429 || status == 503, rules.retriesStatus(status));
        }
        assertFalse(rules(1, 1, LOWEST).retriesStatus(503));
    }

    private static RetryRules rules(long first, long max, RandomGenerator random) {
        return new RetryRules(2, first, max, Set.of(), 0, InstantSource.system(), random);
    }
}

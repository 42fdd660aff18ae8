package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.httpipe.testing.FixedSeed;
import io.httpipe.testing.Threads;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link RetryBudget}: how many retries the calls of the last ten seconds allow. */
class RetryBudgetTest {
    private static final FixedSeed SEED = new FixedSeed(RetryBudgetTest.class, 20);
    private static final long SECOND = 1_000_000_000;

    @ParameterizedTest
    @CsvSource({"0, 10", "1, 11", "5, 11", "6, 12", "100, 30", "1000, 210", "65535, 13117"})
    void allowsTenRetriesAndOneForEveryFiveCalls(int calls, int retries) {
        RetryBudget budget = new RetryBudget(0);
        for (int i = 0; i < calls; i++) {
            budget.countCall(0);
        }
        assertEquals(retries, takeAll(budget, 0));
    }

    @Test
    void callsBeyondTheCounterEarnNoRetriesAndDoNoHarm() {
        RetryBudget budget = new RetryBudget(0);
        for (int i = 0; i < 200_000; i++) {
            budget.countCall(5 * SECOND);
        }
        assertEquals(13_117, takeAll(budget, 5 * SECOND));
        assertEquals(5, budget.lastUsed());
    }

    @Test
    void neverCountsMoreRetriesThanFitIntoTheCounter() {
        RetryBudget budget = new RetryBudget(0);
        for (int second = 0; second < 10; second++) {
            for (int i = 0; i < 65_535; i++) {
                budget.countCall(second * SECOND);
            }
        }
        // 131,080 are allowed, but one second holds only half of them.
        assertEquals(65_535, takeAll(budget, 8 * SECOND));
        assertEquals(65_535, takeAll(budget, 9 * SECOND));
        assertEquals(10, takeAll(budget, 19 * SECOND));
    }

    @Test
    void callsAndRetriesAreForgottenAfterTenSeconds() {
        RetryBudget budget = new RetryBudget(0);
        for (int i = 0; i < 50; i++) {
            budget.countCall(SECOND - 1);
        }
        assertEquals(20, takeAll(budget, 3 * SECOND));
        assertEquals(0, takeAll(budget, 10 * SECOND - 1));
        // The calls are forgotten, the retries are not.
        assertEquals(0, takeAll(budget, 10 * SECOND));
        assertEquals(0, takeAll(budget, 13 * SECOND - 1));
        assertEquals(10, takeAll(budget, 13 * SECOND));
        assertEquals(10, takeAll(budget, 1_000_000 * SECOND));
    }

    @Test
    void anOutageGetsAFifthMoreLoad() {
        RetryBudget budget = new RetryBudget(0);
        int retries = 0;
        for (int millis = 0; millis < 60_000; millis++) {
            long now = millis * SECOND / 1_000;
            budget.countCall(now);
            // Each call fails and asks for three retries.
            for (int i = 0; i < 3; i++) {
                retries += budget.takeRetry(now) ? 1 : 0;
            }
        }
        assertEquals(12_000, retries, 2_100);
    }

    @Test
    void agreesWithAPlainModelAtAllTimes() {
        Random random = SEED.random(1);
        for (int round = 0; round < 200; round++) {
            RetryBudget budget = new RetryBudget(0);
            TreeMap<Long, long[]> model = new TreeMap<>();
            long now = random.nextInt(3) * SECOND;
            for (int step = 0; step < 2_000; step++) {
                now += random.nextLong(1 + (SECOND * 12 >>> random.nextInt(12)));
                long[] counts = model.computeIfAbsent(now / SECOND, second -> new long[2]);
                if (random.nextInt(3) > 0) {
                    budget.countCall(now);
                    counts[0]++;
                } else {
                    long calls = 0;
                    long retries = 0;
                    for (long[] second : model.tailMap(now / SECOND - 9).values()) {
                        calls += second[0];
                        retries += second[1];
                    }
                    boolean expected = retries < 10 + 0.2 * calls;
                    assertEquals(expected, budget.takeRetry(now), "round %d, step %d".formatted(round, step));
                    counts[1] += expected ? 1 : 0;
                }
                if (counts[0] + counts[1] > 0) {
                    assertFalse(budget.isIdle(now + 9 * SECOND));
                }
                assertTrue(budget.isIdle(now + 10 * SECOND));
            }
        }
    }

    @Test
    void aTimeThatIsTooEarlyCountsInALaterSecond() {
        RetryBudget budget = new RetryBudget(0);
        for (int i = 0; i < 5; i++) {
            budget.countCall(25 * SECOND);
        }
        budget.countCall(5 * SECOND);
        assertEquals(25, budget.lastUsed());
        assertEquals(12, takeAll(budget, 5 * SECOND));
        assertEquals(0, takeAll(budget, 34 * SECOND));
        assertEquals(10, takeAll(budget, 35 * SECOND));
    }

    @Test
    void isIdleTenSecondsAfterItsLastUse() {
        RetryBudget budget = new RetryBudget(7 * SECOND);
        assertFalse(budget.isIdle(17 * SECOND - 1));
        assertTrue(budget.isIdle(17 * SECOND));
        budget.countCall(20 * SECOND);
        assertFalse(budget.isIdle(30 * SECOND - 1));
        assertTrue(budget.isIdle(30 * SECOND));
        assertTrue(budget.takeRetry(31 * SECOND));
        assertFalse(budget.isIdle(41 * SECOND - 1));
        assertEquals(31, budget.lastUsed());
    }

    @ParameterizedTest
    @EnumSource
    void manyThreadsTakeExactlyWhatIsAllowed(Threads kind) throws Exception {
        RetryBudget budget = new RetryBudget(0);
        Random random = SEED.random(2);
        List<Integer> calls = new ArrayList<>();
        List<Long> retries = new ArrayList<>();
        long now = 0;
        for (int second = 0; second < 40; second++, now += SECOND) {
            long time = now;
            int each = random.nextInt(100);
            inParallel(kind, () -> {
                for (int i = 0; i < each; i++) {
                    budget.countCall(time);
                }
            });
            calls.add(8 * each);
            LongAdder taken = new LongAdder();
            inParallel(kind, () -> {
                for (int i = 0; i < 100; i++) {
                    if (budget.takeRetry(time)) {
                        taken.increment();
                    }
                }
            });
            int from = Math.max(0, second - 9);
            long recentCalls = calls.subList(from, second + 1).stream()
                    .mapToLong(Integer::longValue)
                    .sum();
            long recentRetries = retries.subList(from, second).stream()
                    .mapToLong(Long::longValue)
                    .sum();
            long allowed = Math.max(0, (50 + recentCalls + 4) / 5 - recentRetries);
            assertEquals(Math.min(800, allowed), taken.sum(), "second " + second);
            retries.add(taken.sum());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noCallIsLostWhenThreadsCallAndRetryAtOnce(Threads kind) throws Exception {
        RetryBudget budget = new RetryBudget(0);
        LongAdder taken = new LongAdder();
        inParallel(kind, () -> {
            for (int i = 0; i < 5_000; i++) {
                budget.countCall(0);
                if (budget.takeRetry(0)) {
                    taken.increment();
                }
            }
        });
        assertEquals(8_010, taken.sum() + takeAll(budget, 0));
    }

    @Test
    void countingAllocatesNothing() {
        RetryBudget budget = new RetryBudget(0);
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        memory.getCurrentThreadAllocatedBytes();
        long before = memory.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            budget.countCall(i * SECOND / 1_000);
            budget.takeRetry(i * SECOND / 1_000);
        }
        long allocated = memory.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 10_000, allocated + " bytes");
    }

    private static void inParallel(Threads kind, Runnable task) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(kind.start(task));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Takes retries until none is left, and returns how many there were. */
    private static int takeAll(RetryBudget budget, long now) {
        int taken = 0;
        while (budget.takeRetry(now)) {
            taken++;
        }
        return taken;
    }
}

package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.wire.Origin;
import io.httpipe.testing.Threads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link RetryBudgets}: one budget for each origin, and not too many. */
class RetryBudgetsTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void eachOriginHasItsOwnBudget() {
        RetryBudgets budgets = new RetryBudgets();
        RetryBudget first = budgets.of(Origin.parse("origin", "http://a/"), 0);
        assertSame(first, budgets.of(Origin.parse("origin", "HTTP://A:80"), SECOND));
        for (String other : List.of("http://b", "https://a", "http://a:81")) {
            assertNotSame(first, budgets.of(Origin.parse("origin", other), 0));
        }
        assertEquals(4, budgets.size());
    }

    @Test
    void dropsIdleBudgetsFirst() {
        RetryBudgets budgets = new RetryBudgets();
        for (int i = 0; i < 1_000; i++) {
            budgets.of(origin(i), 0);
        }
        List<RetryBudget> used = new ArrayList<>();
        for (int i = 300; i < 400; i++) {
            RetryBudget budget = budgets.of(origin(i), 5 * SECOND);
            budget.countCall(5 * SECOND);
            used.add(budget);
        }
        assertEquals(1_000, budgets.size());
        budgets.of(origin(1_000), 10 * SECOND);
        assertEquals(101, budgets.size());
        for (int i = 300; i < 400; i++) {
            assertSame(used.get(i - 300), budgets.of(origin(i), 10 * SECOND));
        }
    }

    @Test
    void dropsTheLeastRecentlyUsedBudgetIfNoneIsIdle() {
        RetryBudgets budgets = new RetryBudgets();
        List<RetryBudget> all = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            long now = i == 700 ? 20 * SECOND : 21 * SECOND;
            RetryBudget budget = budgets.of(origin(i), now);
            budget.countCall(now);
            all.add(budget);
        }
        budgets.of(origin(1_000), 22 * SECOND);
        assertEquals(1_000, budgets.size());
        for (int i = 0; i < 1_000; i++) {
            if (i != 700) {
                assertSame(all.get(i), budgets.of(origin(i), 22 * SECOND));
            }
        }
        assertNotSame(all.get(700), budgets.of(origin(700), 22 * SECOND));
        assertEquals(1_000, budgets.size());
    }

    @Test
    void neverHoldsMoreThanAThousand() {
        RetryBudgets budgets = new RetryBudgets();
        for (int i = 0; i < 20_000; i++) {
            budgets.of(origin(i), i * SECOND / 500);
            assertTrue(budgets.size() <= 1_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void allThreadsGetTheSameBudget(Threads kind) throws Exception {
        RetryBudgets budgets = new RetryBudgets();
        Set<RetryBudget> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int round = 0; round < 200; round++) {
            Origin origin = origin(round);
            RetryBudget[] found = new RetryBudget[8];
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < found.length; i++) {
                int index = i;
                threads.add(kind.start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    found[index] = budgets.of(origin, 0);
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            for (RetryBudget budget : found) {
                assertSame(found[0], budget);
            }
            assertTrue(seen.add(found[0]));
        }
    }

    private static Origin origin(int number) {
        return new Origin(false, "host-" + number, 80);
    }
}

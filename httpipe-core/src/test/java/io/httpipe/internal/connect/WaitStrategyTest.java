package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Threads;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How calls are to wait, by what others have met. */
class WaitStrategyTest {
    private final WaitStrategy courtesy = new WaitStrategy();

    private long yields(int calls, int company) throws Exception {
        return Threads.VIRTUAL.call(() -> IntStream.range(0, calls)
                .filter(i -> courtesy.letOthersGo(company))
                .count());
    }

    private void yieldsPay(int times) {
        IntStream.range(0, times).forEach(i -> courtesy.learn(true, 2));
    }

    @Test
    void yieldingIsTriedNowAndThenAndGoesOnWhileItPays() throws Exception {
        assertEquals(10, yields(80, 2));
        courtesy.learn(true, 2);
        assertEquals(80, yields(80, 2));
        IntStream.range(0, 8).forEach(i -> courtesy.learn(false, 2));
        assertEquals(10, yields(80, 2));
        assertFalse(courtesy.letOthersGo(2), "a platform thread gains nothing by it");
    }

    @Test
    void yieldsOfTheOnlyCallGoOnOnlyIfNearlyAllPay() throws Exception {
        assertEquals(10, yields(640, 1));
        IntStream.range(0, 6).forEach(i -> courtesy.learn(true, 1));
        courtesy.learn(false, 1);
        assertEquals(640, yields(640, 1));
        courtesy.learn(false, 1);
        assertEquals(10, yields(640, 1));
    }

    @Test
    void callsWaitTogetherWhereYieldsHavePaidAndThereAreSeveral() {
        assertFalse(courtesy.waitsTogether(1000));
        yieldsPay(7);
        assertFalse(courtesy.waitsTogether(1000));
        yieldsPay(1);
        assertFalse(courtesy.waitsTogether(3));
        assertTrue(courtesy.waitsTogether(4));
        assertTrue(courtesy.waitsTogether(1), "having begun, they go on");
    }

    @Test
    void callsWaitTogetherNoMoreOnceThatDoesNotPay() {
        yieldsPay(8);
        assertTrue(courtesy.waitsTogether(4));
        IntStream.range(0, 7).forEach(i -> courtesy.learnTogether(false));
        IntStream.range(0, 8).forEach(i -> courtesy.learnTogether(true));
        courtesy.learnTogether(false);
        assertTrue(courtesy.waitsTogether(4));
        courtesy.learnTogether(false);
        assertFalse(courtesy.waitsTogether(4));
    }
}

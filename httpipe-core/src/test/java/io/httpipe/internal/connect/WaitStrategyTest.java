package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Threads;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests how the results of earlier calls decide the way in which later calls wait. */
class WaitStrategyTest {
    private final WaitStrategy strategy = new WaitStrategy();

    private long yields(int calls, int concurrentCalls) throws Exception {
        return Threads.VIRTUAL.call(() -> IntStream.range(0, calls)
                .filter(i -> strategy.yieldIfItPays(concurrentCalls))
                .count());
    }

    private void yieldsPay(int times) {
        IntStream.range(0, times).forEach(i -> strategy.recordYield(true, 2));
    }

    @Test
    void threadsYieldWhileItPaysAndOtherwiseTryNowAndThen() throws Exception {
        assertEquals(10, yields(80, 2));
        strategy.recordYield(true, 2);
        assertEquals(80, yields(80, 2));
        IntStream.range(0, 8).forEach(i -> strategy.recordYield(false, 2));
        assertEquals(10, yields(80, 2));
        assertFalse(strategy.yieldIfItPays(2), "a platform thread never yields");
    }

    @Test
    void aSingleCallYieldsOnlyIfNearlyAllYieldsPay() throws Exception {
        assertEquals(10, yields(640, 1));
        IntStream.range(0, 6).forEach(i -> strategy.recordYield(true, 1));
        strategy.recordYield(false, 1);
        assertEquals(640, yields(640, 1));
        strategy.recordYield(false, 1);
        assertEquals(10, yields(640, 1));
    }

    @Test
    void severalCallsWaitTogetherOnceYieldsHavePaid() {
        assertFalse(strategy.waitsTogether(1000));
        yieldsPay(7);
        assertFalse(strategy.waitsTogether(1000));
        yieldsPay(1);
        assertFalse(strategy.waitsTogether(3));
        assertTrue(strategy.waitsTogether(4));
        assertTrue(strategy.waitsTogether(1), "once begun, calls go on waiting together");
    }

    @Test
    void callsStopWaitingTogetherWhenItDoesNotPay() {
        yieldsPay(8);
        assertTrue(strategy.waitsTogether(4));
        IntStream.range(0, 7).forEach(i -> strategy.recordTogether(false));
        IntStream.range(0, 8).forEach(i -> strategy.recordTogether(true));
        strategy.recordTogether(false);
        assertTrue(strategy.waitsTogether(4));
        strategy.recordTogether(false);
        assertFalse(strategy.waitsTogether(4));
    }
}

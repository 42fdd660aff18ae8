package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The thread that fires timers: it ends when there is no timer, and another one starts with the next timer. */
@Timeout(60)
class TimerThreadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Returns a new instance, so that the timers of other tests do not keep its thread alive. */
    private static TimerThread timerThread(long idleNanos) {
        TimerThread timers = new TimerThread();
        timers.idleNanos = idleNanos;
        return timers;
    }

    private static Thread threadOf(TimerThread timers) {
        return Objects.requireNonNull(timers.thread());
    }

    /** Adds a timer that only this timer thread knows. */
    private static OperationTimer add(TimerThread timers, OperationTimer.Owner owner) {
        OperationTimer timer = new OperationTimer(owner);
        timer.cancel();
        timers.add(timer);
        return timer;
    }

    private static void arm(TimerThread timers, OperationTimer timer, long expiresAt) {
        timer.arm(expiresAt);
        timers.checkBy(expiresAt);
    }

    @Test
    void theThreadEndsWithoutTimersAndTheNextTimerStartsAnotherThread() throws Exception {
        TimerThread timers = timerThread(20_000_000);
        assertNull(timers.thread());
        OperationTimer first = add(timers, () -> {});
        Thread before = threadOf(timers);
        timers.remove(first);
        assertTrue(before.join(PATIENCE));
        assertNull(timers.thread());
        Signal fired = new Signal();
        OperationTimer next = add(timers, fired::set);
        Thread after = threadOf(timers);
        assertNotSame(before, after);
        assertTrue(after.isDaemon());
        assertFalse(after.isVirtual());
        arm(timers, next, NanoClock.after(1_000_000));
        fired.await();
        timers.remove(next);
        assertTrue(after.join(PATIENCE));
    }

    @Test
    void theThreadEndsAFewSecondsAfterTheLastTimerAndNotAtOnce() throws Exception {
        TimerThread timers = new TimerThread();
        OperationTimer first = add(timers, () -> {});
        Thread thread = threadOf(timers);
        timers.remove(first);
        long removed = NanoClock.now();
        assertTrue(thread.join(PATIENCE));
        assertTrue(
                NanoClock.now() - removed >= TimeUnit.SECONDS.toNanos(1),
                "a thread must not start and end with each call");
    }

    @Test
    void theThreadStaysForATimerThatIsNotArmed() throws Exception {
        TimerThread timers = timerThread(1_000_000);
        OperationTimer unarmed = add(timers, () -> {});
        Thread thread = threadOf(timers);
        assertFalse(thread.join(Duration.ofMillis(100)));
        assertSame(thread, timers.thread());
        timers.remove(unarmed);
        assertTrue(thread.join(PATIENCE));
    }

    /** The thread must not wait for the far-off time of a cancelled timer. */
    @Test
    void theThreadEndsEvenIfACancelledTimerWasArmedForLater() throws Exception {
        TimerThread timers = timerThread(20_000_000);
        OperationTimer late = add(timers, () -> {});
        arm(timers, late, NanoClock.after(TimeUnit.MINUTES.toNanos(10)));
        Thread thread = threadOf(timers);
        timers.remove(late);
        assertTrue(thread.join(PATIENCE));
        Signal fired = new Signal();
        arm(timers, add(timers, fired::set), NanoClock.after(1_000_000));
        fired.await();
    }

    @Test
    void theThreadFindsATimerThatIsAddedJustAsItEnds() throws Exception {
        Signal fired = new Signal();
        OperationTimer late = new OperationTimer(fired::set);
        late.cancel();
        AtomicBoolean added = new AtomicBoolean();
        TimerThread timers = new TimerThread() {
            @Override
            long idleNanos() {
                if (added.get()) {
                    return 1_000_000;
                }
                // The thread has seen no timer and is about to end. The code that adds a timer still sees the thread.
                Threads.PLATFORM.start(() -> {
                    add(late);
                    arm(this, late, NanoClock.now());
                    added.set(true);
                });
                while (!added.get()) {
                    Thread.onSpinWait();
                }
                return 0;
            }
        };
        timers.idleNanos = 1_000_000;
        OperationTimer first = add(timers, () -> {});
        Thread thread = threadOf(timers);
        timers.remove(first);
        fired.await();
        assertSame(thread, timers.thread());
        timers.remove(late);
        assertTrue(thread.join(PATIENCE));
        assertNull(timers.thread());
    }

    @Test
    void ifNoThreadCanStartTheNextCallerTriesAgain() throws Exception {
        AtomicBoolean failing = new AtomicBoolean(true);
        TimerThread timers = new TimerThread() {
            @Override
            void start() {
                if (failing.get()) {
                    throw new OutOfMemoryError("made up");
                }
                super.start();
            }
        };
        assertThrows(OutOfMemoryError.class, () -> add(timers, () -> {}));
        assertThrows(OutOfMemoryError.class, () -> timers.checkBy(NanoClock.now()));
        failing.set(false);
        timers.checkBy(NanoClock.after(TimeUnit.HOURS.toNanos(1)));
        Thread started = threadOf(timers);
        timers.idleNanos = 1_000_000;
        assertTrue(started.join(PATIENCE));
        Signal fired = new Signal();
        arm(timers, add(timers, fired::set), NanoClock.now());
        fired.await();
    }

    /**
     * With a single caller, a missed timer stays missed. With several, the next caller would start a thread for all.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aThreadThatIsEndingMissesNoTimerThatIsAddedMeanwhile(int threads) throws Exception {
        // The thread ends about 100 microseconds after the last timer. The next timer is added at about that time.
        TimerThread timers = timerThread(50_000);
        int rounds = 2_000 / threads;
        List<FutureTask<Integer>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            SplittableRandom random = new SplittableRandom(i);
            FutureTask<Integer> task = new FutureTask<>(() -> {
                for (int j = 0; j < rounds; j++) {
                    Signal fired = new Signal();
                    OperationTimer timer = add(timers, fired::set);
                    if (random.nextInt(4) == 0) {
                        arm(timers, timer, NanoClock.after(TimeUnit.MINUTES.toNanos(1)));
                        assertTrue(timer.disarm());
                    }
                    arm(timers, timer, NanoClock.now());
                    fired.await();
                    timers.remove(timer);
                    long next = NanoClock.after(random.nextInt(200_000));
                    while (NanoClock.now() < next) {
                        Thread.onSpinWait();
                    }
                }
                return rounds;
            });
            Thread.ofPlatform().daemon().start(task);
            all.add(task);
        }
        for (FutureTask<Integer> task : all) {
            assertEquals(rounds, task.get());
        }
        Thread last = timers.thread();
        assertTrue(last == null || last.join(PATIENCE));
        assertNull(timers.thread());
    }
}

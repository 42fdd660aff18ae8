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

/** The thread that fires watches: it ends when there is no watch, and comes back with the next one. */
@Timeout(60)
class TimerThreadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** One of the test's own, which no other test's watches keep alive. */
    private static TimerThread watchdog(long idle) {
        TimerThread own = new TimerThread();
        own.idle = idle;
        return own;
    }

    private static Thread threadOf(TimerThread own) {
        return Objects.requireNonNull(own.thread());
    }

    /** A watch that the JVM's watchdog does not know. */
    private static OperationTimer add(TimerThread own, OperationTimer.Owner owner) {
        OperationTimer watch = new OperationTimer(owner);
        watch.cancel();
        own.add(watch);
        return watch;
    }

    private static void arm(TimerThread own, OperationTimer watch, long expiresAt) {
        watch.arm(expiresAt);
        own.wakeBy(expiresAt);
    }

    @Test
    void itsThreadEndsWhenThereIsNoWatchAndTheNextWatchHasAnotherThatFiresIt() throws Exception {
        TimerThread own = watchdog(20_000_000);
        assertNull(own.thread());
        OperationTimer first = add(own, () -> {});
        Thread before = threadOf(own);
        own.remove(first);
        assertTrue(before.join(PATIENCE));
        assertNull(own.thread());
        Signal fired = new Signal();
        OperationTimer next = add(own, fired::set);
        Thread after = threadOf(own);
        assertNotSame(before, after);
        assertTrue(after.isDaemon());
        assertFalse(after.isVirtual());
        arm(own, next, NanoClock.after(1_000_000));
        fired.await();
        own.remove(next);
        assertTrue(after.join(PATIENCE));
    }

    @Test
    void itsThreadEndsAFewSecondsAfterTheLastWatchAndNotAtOnce() throws Exception {
        TimerThread own = new TimerThread();
        OperationTimer first = add(own, () -> {});
        Thread thread = threadOf(own);
        own.remove(first);
        long removed = NanoClock.now();
        assertTrue(thread.join(PATIENCE));
        assertTrue(NanoClock.now() - removed >= TimeUnit.SECONDS.toNanos(1), "it must not come and go with each call");
    }

    @Test
    void itsThreadStaysForAWatchThatIsNotArmed() throws Exception {
        TimerThread own = watchdog(1_000_000);
        OperationTimer unarmed = add(own, () -> {});
        Thread thread = threadOf(own);
        assertFalse(thread.join(Duration.ofMillis(100)));
        assertSame(thread, own.thread());
        own.remove(unarmed);
        assertTrue(thread.join(PATIENCE));
    }

    /** A time that was far away when its watch was cancelled is nothing to wait for. */
    @Test
    void itsThreadEndsAlthoughACancelledWatchWasToFireLater() throws Exception {
        TimerThread own = watchdog(20_000_000);
        OperationTimer late = add(own, () -> {});
        arm(own, late, NanoClock.after(TimeUnit.MINUTES.toNanos(10)));
        Thread thread = threadOf(own);
        own.remove(late);
        assertTrue(thread.join(PATIENCE));
        Signal fired = new Signal();
        arm(own, add(own, fired::set), NanoClock.after(1_000_000));
        fired.await();
    }

    @Test
    void aWatchThatIsAddedJustAsTheThreadEndsIsFoundByTheThread() throws Exception {
        Signal fired = new Signal();
        OperationTimer late = new OperationTimer(fired::set);
        late.cancel();
        AtomicBoolean added = new AtomicBoolean();
        TimerThread own = new TimerThread() {
            @Override
            long idle() {
                if (added.get()) {
                    return 1_000_000;
                }
                // The thread has seen no watch and is about to end, and whoever adds one still sees the thread.
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
        own.idle = 1_000_000;
        OperationTimer first = add(own, () -> {});
        Thread thread = threadOf(own);
        own.remove(first);
        fired.await();
        assertSame(thread, own.thread());
        own.remove(late);
        assertTrue(thread.join(PATIENCE));
        assertNull(own.thread());
    }

    @Test
    void whereThereMayBeNoThreadTheNextToComeTriesAgain() throws Exception {
        AtomicBoolean failing = new AtomicBoolean(true);
        TimerThread own = new TimerThread() {
            @Override
            void start() {
                if (failing.get()) {
                    throw new OutOfMemoryError("made up");
                }
                super.start();
            }
        };
        assertThrows(OutOfMemoryError.class, () -> add(own, () -> {}));
        assertThrows(OutOfMemoryError.class, () -> own.wakeBy(NanoClock.now()));
        failing.set(false);
        own.wakeBy(NanoClock.after(TimeUnit.HOURS.toNanos(1)));
        Thread started = threadOf(own);
        own.idle = 1_000_000;
        assertTrue(started.join(PATIENCE));
        Signal fired = new Signal();
        arm(own, add(own, fired::set), NanoClock.now());
        fired.await();
    }

    /** One thread alone can lose a watch for good; of several, the next to come would start a thread for all. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aThreadThatEndsFindsEveryWatchThatIsAddedMeanwhile(int threads) throws Exception {
        // The thread ends within some 100 microseconds after the last watch, and that is when the next one comes.
        TimerThread own = watchdog(50_000);
        int rounds = 2_000 / threads;
        List<FutureTask<Integer>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            SplittableRandom random = new SplittableRandom(i);
            FutureTask<Integer> task = new FutureTask<>(() -> {
                for (int j = 0; j < rounds; j++) {
                    Signal fired = new Signal();
                    OperationTimer watch = add(own, fired::set);
                    if (random.nextInt(4) == 0) {
                        arm(own, watch, NanoClock.after(TimeUnit.MINUTES.toNanos(1)));
                        assertTrue(watch.disarm());
                    }
                    arm(own, watch, NanoClock.now());
                    fired.await();
                    own.remove(watch);
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
        Thread last = own.thread();
        assertTrue(last == null || last.join(PATIENCE));
        assertNull(own.thread());
    }
}

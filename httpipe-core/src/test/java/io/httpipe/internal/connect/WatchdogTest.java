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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The thread that fires watches: it ends when there is no watch, and comes back with the next one. */
@Timeout(60)
class WatchdogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @AfterEach
    void restore() {
        Watchdog.INSTANCE.idle = Watchdog.IDLE;
    }

    private static Thread thread() {
        return Objects.requireNonNull(Watchdog.INSTANCE.thread());
    }

    private static void awaitFiring() {
        Signal fired = new Signal();
        Watch watch = new Watch(fired::set);
        watch.arm(Ticks.after(1_000_000));
        fired.await();
        watch.cancel();
    }

    /** Whatever other tests have left is to be over before. */
    private static void awaitEnd() {
        while (Watchdog.INSTANCE.thread() != null) {
            Thread.onSpinWait();
        }
    }

    @Test
    void itsThreadEndsWhenThereIsNoWatchAndTheNextWatchHasAnotherThatFiresIt() throws Exception {
        Watchdog.INSTANCE.idle = 20_000_000;
        Watch first = new Watch(() -> {});
        Thread before = thread();
        first.cancel();
        assertTrue(before.join(PATIENCE));
        awaitEnd();
        Signal fired = new Signal();
        Watch next = new Watch(fired::set);
        Thread after = thread();
        assertNotSame(before, after);
        assertTrue(after.isDaemon());
        assertFalse(after.isVirtual());
        next.arm(Ticks.after(1_000_000));
        fired.await();
        next.cancel();
        assertTrue(after.join(PATIENCE));
    }

    @Test
    void itsThreadEndsAFewSecondsAfterTheLastWatchAndNotAtOnce() throws Exception {
        Watch first = new Watch(() -> {});
        Thread before = thread();
        first.cancel();
        long cancelled = Ticks.now();
        assertTrue(before.join(PATIENCE));
        assertTrue(Ticks.now() - cancelled >= TimeUnit.SECONDS.toNanos(1), "it must not come and go with each call");
    }

    @Test
    void itsThreadStaysForAWatchThatIsNotArmed() throws Exception {
        Watchdog.INSTANCE.idle = 1_000_000;
        Watch idle = new Watch(() -> {});
        Thread thread = thread();
        assertFalse(thread.join(Duration.ofMillis(100)));
        assertSame(thread, thread());
        idle.cancel();
        assertTrue(thread.join(PATIENCE));
    }

    /** A time that was far away when its watch was cancelled is nothing to wait for. */
    @Test
    void itsThreadEndsAlthoughACancelledWatchWasToFireLater() throws Exception {
        Watchdog.INSTANCE.idle = 20_000_000;
        Watch late = new Watch(() -> {});
        late.arm(Ticks.after(TimeUnit.MINUTES.toNanos(10)));
        Thread thread = thread();
        late.cancel();
        assertTrue(thread.join(PATIENCE));
        awaitFiring();
    }

    @Test
    void aWatchThatIsAddedJustAsTheThreadEndsIsFoundByTheThread() throws Exception {
        Watch late = new Watch(() -> {});
        AtomicBoolean added = new AtomicBoolean();
        Watchdog own = new Watchdog() {
            @Override
            long idle() {
                if (added.get()) {
                    return 1_000_000;
                }
                // The thread has seen no watch and is about to end, and whoever adds one still sees the thread.
                Threads.PLATFORM.start(() -> {
                    add(late);
                    added.set(true);
                });
                while (!added.get()) {
                    Thread.onSpinWait();
                }
                return 0;
            }
        };
        own.idle = 1_000_000;
        Watch first = new Watch(() -> {});
        own.add(first);
        Thread thread = Objects.requireNonNull(own.thread());
        own.remove(first);
        while (!added.get()) {
            Thread.onSpinWait();
        }
        assertFalse(thread.join(Duration.ofMillis(100)));
        assertSame(thread, own.thread());
        own.remove(late);
        assertTrue(thread.join(PATIENCE));
        assertNull(own.thread());
        first.cancel();
        late.cancel();
    }

    @Test
    void whereThereMayBeNoThreadTheNextToComeTriesAgain() throws Exception {
        AtomicBoolean failing = new AtomicBoolean();
        Watchdog own = new Watchdog() {
            @Override
            void start() {
                if (failing.get()) {
                    throw new OutOfMemoryError("made up");
                }
                super.start();
            }
        };
        own.idle = 1_000_000;
        Watch watch = new Watch(() -> {});
        failing.set(true);
        assertThrows(OutOfMemoryError.class, () -> own.add(watch));
        assertThrows(OutOfMemoryError.class, () -> own.wakeBy(Ticks.now()));
        failing.set(false);
        own.wakeBy(Ticks.after(TimeUnit.HOURS.toNanos(1)));
        assertTrue(Objects.requireNonNull(own.thread()).join(PATIENCE));
        own.add(watch);
        Thread thread = Objects.requireNonNull(own.thread());
        own.remove(watch);
        assertTrue(thread.join(PATIENCE));
        watch.cancel();
    }

    /** One thread alone can lose a watch for good; of several, the next to come would start a thread for all. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aThreadThatEndsFindsEveryWatchThatIsAddedMeanwhile(int threads) throws Exception {
        // The thread ends within some 100 microseconds after the last watch, and that is when the next one comes.
        Watchdog.INSTANCE.idle = 50_000;
        int rounds = 2_000 / threads;
        List<FutureTask<Integer>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            SplittableRandom random = new SplittableRandom(i);
            FutureTask<Integer> task = new FutureTask<>(() -> {
                for (int j = 0; j < rounds; j++) {
                    Signal fired = new Signal();
                    Watch watch = new Watch(fired::set);
                    if (random.nextInt(4) == 0) {
                        watch.arm(Ticks.after(TimeUnit.MINUTES.toNanos(1)));
                        assertTrue(watch.disarm());
                    }
                    watch.arm(Ticks.now());
                    fired.await();
                    watch.cancel();
                    long next = Ticks.after(random.nextInt(200_000));
                    while (Ticks.now() < next) {
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
        awaitEnd();
        awaitFiring();
    }
}

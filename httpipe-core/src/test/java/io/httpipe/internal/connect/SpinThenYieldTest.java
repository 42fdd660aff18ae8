package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Signal;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets a lock while all carriers are kept by those who want it too. */
@Timeout(60)
class SpinThenYieldTest {
    private static final int CARRIERS = Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());

    private final ReentrantLock lock = new ReentrantLock();

    private void use(Signal near, Signal done) {
        near.set();
        SpinThenYield.acquire(lock);
        lock.unlock();
        done.set();
    }

    /** On JDK 21 each of these keeps its carrier while it waits; who came before them has none then. */
    @Test
    void nobodyIsKeptWaitingByOneInFrontWhoHasNoCarrier() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Signal> ends = new ArrayList<>();
        SpinThenYield.acquire(lock);
        try {
            for (int i = 0; i <= CARRIERS; i++) {
                boolean pinned = i > 0;
                Signal near = new Signal();
                Signal done = new Signal();
                Object monitor = new Object();
                threads.add(Thread.startVirtualThread(() -> {
                    if (pinned) {
                        synchronized (monitor) {
                            use(near, done);
                        }
                    } else {
                        use(near, done);
                    }
                }));
                ends.add(done);
                near.await();
                while (threads.get(i).getState() == Thread.State.RUNNABLE) {
                    Thread.onSpinWait();
                }
            }
        } finally {
            lock.unlock();
        }
        ends.forEach(Signal::await);
    }

    private boolean isInterruptedWithIt() {
        SpinThenYield.acquire(lock);
        try {
            return Thread.currentThread().isInterrupted();
        } finally {
            lock.unlock();
        }
    }

    @Test
    void anInterruptNeitherEndsTheWaitNorGetsLost() throws Exception {
        for (Thread.Builder kind : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            for (boolean before : new boolean[] {true, false}) {
                FutureTask<Boolean> waiting = new FutureTask<>(this::isInterruptedWithIt);
                Thread thread = kind.unstarted(() -> {
                    if (before) {
                        Thread.currentThread().interrupt();
                    }
                    waiting.run();
                });
                SpinThenYield.acquire(lock);
                try {
                    thread.start();
                    while (thread.getState() != Thread.State.TIMED_WAITING) {
                        assertTrue(thread.isAlive());
                        Thread.onSpinWait();
                    }
                    thread.interrupt();
                } finally {
                    lock.unlock();
                }
                assertTrue(waiting.get());
            }
        }
        assertFalse(lock.isLocked());
    }

    @Test
    void aThreadDumpShowsWhoHasItAndWhoWaitsForIt() throws Exception {
        Thread owner = Thread.currentThread();
        Thread waiter = new Thread(() -> use(new Signal(), new Signal()), "waiter");
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        SpinThenYield.acquire(lock);
        try {
            assertTrue(lock.toString().endsWith("[Locked by thread " + owner.getName() + "]"), lock.toString());
            LockInfo held = threads.getThreadInfo(new long[] {owner.threadId()}, false, true)[0]
                    .getLockedSynchronizers()[0];
            assertEquals("java.util.concurrent.locks.ReentrantLock$NonfairSync", held.getClassName());
            waiter.start();
            ThreadInfo waiting;
            do {
                waiting = threads.getThreadInfo(waiter.threadId());
            } while (waiting.getLockOwnerId() != owner.threadId());
            assertEquals(owner.getName(), waiting.getLockOwnerName());
            assertEquals(held.toString(), waiting.getLockName());
        } finally {
            lock.unlock();
        }
        waiter.join();
    }

    @Test
    void oneThreadAtATimeHasIt() throws Exception {
        int[] count = new int[1];
        AtomicBoolean mine = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread.Builder kind = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
            threads.add(kind.start(() -> {
                for (int n = 0; n < 10_000; n++) {
                    SpinThenYield.acquire(lock);
                    try {
                        assertTrue(mine.compareAndSet(false, true));
                        count[0]++;
                        mine.set(false);
                    } finally {
                        lock.unlock();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(count[0] == 80_000, () -> count[0] + " times");
    }
}

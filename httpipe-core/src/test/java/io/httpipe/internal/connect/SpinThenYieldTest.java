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

/** Taking a lock while threads that also want it hold all carriers. */
@Timeout(60)
class SpinThenYieldTest {
    private static final int CARRIERS = Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());

    private final ReentrantLock lock = new ReentrantLock();

    private void use(Signal aboutToAcquire, Signal done) {
        aboutToAcquire.set();
        SpinThenYield.acquire(lock);
        lock.unlock();
        done.set();
    }

    /**
     * On JDK 21 each pinned thread holds its carrier while it waits. The thread that came first then has no carrier.
     */
    @Test
    void aFirstWaiterWithoutACarrierBlocksNobody() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Signal> ends = new ArrayList<>();
        SpinThenYield.acquire(lock);
        try {
            for (int i = 0; i <= CARRIERS; i++) {
                boolean pinned = i > 0;
                Signal aboutToAcquire = new Signal();
                Signal done = new Signal();
                Object monitor = new Object();
                threads.add(Thread.startVirtualThread(() -> {
                    if (pinned) {
                        synchronized (monitor) {
                            use(aboutToAcquire, done);
                        }
                    } else {
                        use(aboutToAcquire, done);
                    }
                }));
                ends.add(done);
                aboutToAcquire.await();
                while (threads.get(i).getState() == Thread.State.RUNNABLE) {
                    Thread.onSpinWait();
                }
            }
        } finally {
            lock.unlock();
        }
        ends.forEach(Signal::await);
    }

    private boolean isInterruptedWhileHoldingTheLock() {
        SpinThenYield.acquire(lock);
        try {
            return Thread.currentThread().isInterrupted();
        } finally {
            lock.unlock();
        }
    }

    @Test
    void anInterruptNeitherEndsTheWaitNorIsLost() throws Exception {
        for (Thread.Builder builder : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            for (boolean before : new boolean[] {true, false}) {
                FutureTask<Boolean> waiting = new FutureTask<>(this::isInterruptedWhileHoldingTheLock);
                Thread thread = builder.unstarted(() -> {
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
    void aThreadDumpShowsTheOwnerAndTheWaiter() throws Exception {
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
    void onlyOneThreadAtATimeHoldsTheLock() throws Exception {
        int[] count = new int[1];
        AtomicBoolean taken = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
            threads.add(builder.start(() -> {
                for (int n = 0; n < 10_000; n++) {
                    SpinThenYield.acquire(lock);
                    try {
                        assertTrue(taken.compareAndSet(false, true));
                        count[0]++;
                        taken.set(false);
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

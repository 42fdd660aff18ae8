package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets a lock while all carriers are kept by those who want it too. */
@Timeout(60)
class BriefLockTest {
    private static final int CARRIERS = Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());

    private final BriefLock lock = new BriefLock();

    private void use(Signal near, Signal done) {
        near.set();
        lock.lock();
        lock.unlock();
        done.set();
    }

    /** On JDK 21 each of these keeps its carrier while it waits; who came before them has none then. */
    @Test
    void nobodyIsKeptWaitingByOneInFrontWhoHasNoCarrier() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Signal> ends = new ArrayList<>();
        lock.lock();
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

    @Test
    void oneThreadAtATimeHasIt() throws Exception {
        int[] count = new int[1];
        AtomicBoolean mine = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread.Builder kind = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
            threads.add(kind.start(() -> {
                for (int n = 0; n < 10_000; n++) {
                    lock.lock();
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

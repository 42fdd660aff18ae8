package io.httpipe.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeterTest {
    private static final int THREADS = 100;
    private static final int BYTES = 1_000_000;

    @Test
    void countsAllocationsOfVirtualThreadsOnAnyCarrier() throws InterruptedException {
        Meter start = Meter.read();
        List<Thread> threads = new ArrayList<>();
        int[] sum = new int[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int index = i;
            threads.add(Thread.startVirtualThread(() -> {
                byte[] half = new byte[BYTES / 2];
                Thread.yield();
                byte[] other = new byte[BYTES / 2];
                sum[index] = half.length + other.length;
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long allocated = Meter.read().since(start).allocated();
        assertTrue(allocated >= (long) THREADS * BYTES, "only " + allocated + " bytes");
        assertTrue(allocated < (long) THREADS * BYTES * 3 / 2, allocated + " bytes");
    }

    @Test
    void countsTheProcessorTimeOfVirtualThreads() throws InterruptedException {
        Meter start = Meter.read();
        Thread busy = Thread.startVirtualThread(() -> {
            while (Meter.read().since(start).cpu() < 50_000_000) {
                Thread.onSpinWait();
            }
        });
        busy.join();
        assertTrue(Meter.read().since(start).nanos() > 0);
    }
}

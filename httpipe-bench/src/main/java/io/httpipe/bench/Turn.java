package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Work;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One client's turn: many virtual threads repeat their work while time, processor use and allocation are measured. */
final class Turn {
    static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** How long to wait for an interrupted thread. A thread that runs longer may disturb the turn of another client. */
    private static final Duration INTERRUPT_TIMEOUT = Duration.ofSeconds(1);

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch started;
    private volatile AtomicHistogram times = histogram();
    private volatile boolean over;

    private Turn(int threads) {
        started = new CountDownLatch(threads);
    }

    /**
     * Starts the threads, waits until each has done its work once, waits for the lead-in, and then measures.
     *
     * @param threads the number of virtual threads
     */
    static Map<Metric, Double> run(Client client, Function<Client, Work> work, int threads, Pace pace)
            throws Exception {
        Turn turn = new Turn(threads);
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = Thread.startVirtualThread(() -> turn.loop(work.apply(client)));
        }
        Meter used;
        AtomicHistogram measured = histogram();
        try {
            if (!turn.started.await(pace.startTimeout().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TimeoutException(turn.started.getCount() + " threads got no response in time");
            }
            Thread.sleep(pace.leadIn());
            Meter start = Meter.read();
            turn.times = measured;
            Thread.sleep(pace.length());
            // On a busy machine, a short measurement may be over before any response arrives in it.
            while (measured.getTotalCount() == 0 && !turn.over && timeLeft(start) > 0) {
                Thread.sleep(1);
            }
            turn.times = histogram();
            used = Meter.read().since(start);
        } finally {
            turn.over = true;
            turn.end(all);
        }
        Throwable failure = turn.failure.get();
        if (failure != null) {
            throw new ExecutionException(failure);
        }
        return metrics(measured, used);
    }

    /** Waits for all threads, and interrupts threads that take too long. */
    private void end(Thread[] threads) throws InterruptedException {
        long giveUp = System.nanoTime() + TIMEOUT.toNanos();
        for (Thread thread : threads) {
            if (!thread.join(Duration.ofNanos(Math.max(1, giveUp - System.nanoTime())))) {
                failure.compareAndSet(null, new TimeoutException("a thread waits too long for a response"));
                thread.interrupt();
                thread.join(INTERRUPT_TIMEOUT);
            }
        }
    }

    private static long timeLeft(Meter start) {
        return start.nanos() + TIMEOUT.toNanos() - System.nanoTime();
    }

    private void loop(Work work) {
        boolean hasStarted = false;
        try (work) {
            long start = System.nanoTime();
            while (!over) {
                work(work);
                long end = System.nanoTime();
                times.recordValue(end - start);
                start = end;
                if (!hasStarted) {
                    started.countDown();
                    hasStarted = true;
                }
            }
        } catch (Throwable e) {
            over = true;
            failure.compareAndSet(null, e);
        } finally {
            if (!hasStarted) {
                started.countDown();
            }
        }
    }

    /** Does the work once. */
    static void work(Work work) throws Exception {
        if (work.run() <= 0) {
            throw new IOException("a response without a body");
        }
    }

    static AtomicHistogram histogram() {
        return new AtomicHistogram(TIMEOUT.toNanos(), 2);
    }

    static Map<Metric, Double> metrics(Histogram times, Meter used) {
        double count = times.getTotalCount();
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        metrics.put(Metric.RATE, count * 1e9 / used.nanos());
        metrics.put(Metric.CPU, used.cpu() / count);
        metrics.put(Metric.ALLOCATED, used.allocated() / count);
        metrics.put(Metric.P50, (double) times.getValueAtPercentile(50));
        // With fewer values, a high percentile would only be the longest time.
        if (count >= 100) {
            metrics.put(Metric.P99, (double) times.getValueAtPercentile(99));
        }
        if (count >= 1000) {
            metrics.put(Metric.P999, (double) times.getValueAtPercentile(99.9));
        }
        return metrics;
    }
}

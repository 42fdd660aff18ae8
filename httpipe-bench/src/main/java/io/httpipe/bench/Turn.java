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

/** One client's turn: many virtual threads do their work again and again while everything is measured. */
final class Turn {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For how long an interrupted thread may go on, into the turn of another client if it must. */
    private static final Duration GOING = Duration.ofSeconds(1);

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch begun;
    private volatile AtomicHistogram times = histogram();
    private volatile boolean over;

    private Turn(int threads) {
        begun = new CountDownLatch(threads);
    }

    /**
     * Lets the threads begin, waits until each has done its work once and for the lead-in, and then measures.
     *
     * @param threads how many virtual threads there are
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
            if (!turn.begun.await(pace.patience().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TimeoutException(turn.begun.getCount() + " threads never got an answer");
            }
            Thread.sleep(pace.leadIn());
            Meter start = Meter.read();
            turn.times = measured;
            Thread.sleep(pace.length());
            // On a busy machine a short turn may be over before anything has happened.
            while (measured.getTotalCount() == 0 && !turn.over && left(start) > 0) {
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

    /** Waits for all threads, and interrupts those that take too long. */
    private void end(Thread[] threads) throws InterruptedException {
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        for (Thread thread : threads) {
            if (!thread.join(Duration.ofNanos(Math.max(1, giveUp - System.nanoTime())))) {
                failure.compareAndSet(null, new TimeoutException("a thread waits for an answer for too long"));
                thread.interrupt();
                thread.join(GOING);
            }
        }
    }

    private static long left(Meter start) {
        return start.nanos() + PATIENCE.toNanos() - System.nanoTime();
    }

    private void loop(Work work) {
        boolean counted = false;
        try (work) {
            long start = System.nanoTime();
            while (!over) {
                work(work);
                long end = System.nanoTime();
                times.recordValue(end - start);
                start = end;
                if (!counted) {
                    begun.countDown();
                    counted = true;
                }
            }
        } catch (Throwable e) {
            over = true;
            failure.compareAndSet(null, e);
        } finally {
            if (!counted) {
                begun.countDown();
            }
        }
    }

    /** Does work once. */
    static void work(Work work) throws Exception {
        if (work.run() <= 0) {
            throw new IOException("an answer without a body");
        }
    }

    static AtomicHistogram histogram() {
        return new AtomicHistogram(PATIENCE.toNanos(), 2);
    }

    static Map<Metric, Double> metrics(Histogram times, Meter used) {
        double count = times.getTotalCount();
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        metrics.put(Metric.RATE, count * 1e9 / used.nanos());
        metrics.put(Metric.CPU, used.cpu() / count);
        metrics.put(Metric.ALLOCATED, used.allocated() / count);
        metrics.put(Metric.P50, (double) times.getValueAtPercentile(50));
        // Of fewer times these would be the longest, whatever happened to be that.
        if (count >= 100) {
            metrics.put(Metric.P99, (double) times.getValueAtPercentile(99));
        }
        if (count >= 1000) {
            metrics.put(Metric.P999, (double) times.getValueAtPercentile(99.9));
        }
        return metrics;
    }
}

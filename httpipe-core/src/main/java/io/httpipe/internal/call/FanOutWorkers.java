package io.httpipe.internal.call;

import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of one fan-out on virtual threads. Each thread sends one request after another until none is left.
 * No request is sent before it has been admitted. Belongs to the thread that created it, which waits for the outcomes.
 *
 * @param <T> the type of the responses
 */
public final class FanOutWorkers<T> implements AutoCloseable {
    private final Sender<T> sender;
    private final int count;
    private final List<Thread> threads;

    /** How many threads have been started. */
    private int started;

    /** The index of the request to send next. */
    private final AtomicInteger next = new AtomicInteger();

    /** Has a permit for each request that is admitted and has not been sent. */
    private final Semaphore admitted;

    private final BlockingQueue<Outcome<T>> outcomes = new LinkedBlockingQueue<>();

    /** Whether the first failure stops the sending of further requests. */
    private final boolean failFast;

    /** The deadline of each thread's work. It applies even after the caller's own deadline scope has been closed. */
    private final long deadline;

    /** Whether no more requests are sent. */
    private volatile boolean stopped;

    /**
     * Sends one of the requests.
     *
     * @param <T> the response
     */
    @FunctionalInterface
    public interface Sender<T> {
        T send(int index) throws Exception;
    }

    /**
     * How a request ended: with a response or a failure; the other one is null.
     *
     * @param <T> the response
     */
    public record Outcome<T>(
            int index, @Nullable T response, @Nullable Throwable failure) {}

    /**
     * Creates workers that are not started yet. Their threads inherit thread locals from the thread that calls this.
     *
     * @param count    how many requests there are
     * @param threads  how many threads send them
     * @param admitted how many requests are admitted from the start
     * @param failFast whether the first failure stops the sending of further requests
     * @param deadline a time of {@link NanoClock}
     */
    public FanOutWorkers(Sender<T> sender, int count, int threads, int admitted, boolean failFast, long deadline) {
        this.sender = sender;
        this.count = count;
        this.threads = new ArrayList<>(threads);
        this.admitted = new Semaphore(admitted);
        this.failFast = failFast;
        this.deadline = deadline;
        Thread.Builder builder = Thread.ofVirtual().name("httpipe-fanout-", 0);
        for (int i = 0; i < threads; i++) {
            this.threads.add(builder.unstarted(this::work));
        }
    }

    /** Starts all threads, unless the caller has been interrupted. */
    public void startAll() throws InterruptedException {
        while (started < threads.size()) {
            startNext();
        }
    }

    /** Starts one more thread, unless the caller has been interrupted. */
    public void startNext() throws InterruptedException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedException();
        }
        threads.get(started++).start();
    }

    /** Admits one more request. Starts one more thread, unless all have been started. */
    public void admitOne() throws InterruptedException {
        admitted.release();
        if (started < threads.size()) {
            startNext();
        }
    }

    private void work() {
        if (deadline == NanoClock.NEVER) {
            sendInTurn();
        } else {
            Deadlines.<@Nullable Void, RuntimeException>around(deadline, () -> {
                sendInTurn();
                return null;
            });
        }
    }

    private void sendInTurn() {
        int index;
        while (!stopped && (index = next.getAndIncrement()) < count) {
            try {
                admitted.acquire();
            } catch (InterruptedException e) {
                return;
            }
            Outcome<T> outcome = outcome(index);
            if (failFast && outcome.failure() != null) {
                stopped = true;
            }
            outcomes.add(outcome);
            // A body's writer may have left the interrupt flag set. The next request must not see it. No cancellation
            // is lost, because close() sets `stopped` before it interrupts.
            Thread.interrupted();
        }
    }

    private Outcome<T> outcome(int index) {
        try {
            return new Outcome<>(index, sender.send(index), null);
        } catch (Throwable e) {
            return new Outcome<>(index, null, e);
        }
    }

    /** Waits for an outcome. */
    public Outcome<T> take() throws InterruptedException {
        return outcomes.take();
    }

    /** Waits for an outcome, at most this many nanoseconds; returns null if there is none. */
    public @Nullable Outcome<T> poll(long nanos) throws InterruptedException {
        return outcomes.poll(nanos, TimeUnit.NANOSECONDS);
    }

    /** The outcomes that have not been taken. */
    public List<Outcome<T>> untaken() {
        return List.copyOf(outcomes);
    }

    /** The index of the first request that no thread has taken; the last index if all have been taken. */
    public int nextIndex() {
        return Math.min(next.get(), count - 1);
    }

    /** Cancels all requests and waits until every thread has ended. An interrupt does not shorten this wait. */
    @Override
    public void close() {
        stopped = true;
        threads.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

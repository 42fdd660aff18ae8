package io.httpipe;

import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The virtual threads of one fan-out: each sends one request after another, as many in all as have been admitted, until
 * none is left. Belongs to the thread that made it and waits for the outcomes; {@link #work} runs on the workers'.
 */
final class FanOutWorkers implements AutoCloseable {
    /** How a request ended; exactly one of the last two is there. */
    record Outcome(
            int index,
            @Nullable Response response,
            @Nullable Throwable failure) {}

    private final Httpipe hp;
    private final List<Request> requests;
    private final List<Thread> threads;

    /** How many threads have been started. */
    private int started;

    /** Which request is sent next. */
    private final AtomicInteger next = new AtomicInteger();

    /** A permit for each request that may be sent and has not been. */
    private final Semaphore admitted;

    private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

    /** What has failed so far and is to be told together with the failure that ends all. */
    private final List<Throwable> failures = new ArrayList<>();

    /** Whether one failure ends all. */
    private final boolean failFast;

    /** Around the work of each thread; it counts even if the caller's own scope of it is closed before the work ends. */
    private final Deadline deadline;

    /** Whether nothing more is to be sent. */
    private volatile boolean stopped;

    /** Workers not yet started. What threads inherit, such as users' thread locals, they inherit here. */
    FanOutWorkers(Httpipe hp, List<Request> requests, int count, int admitted, boolean failFast, Deadline deadline) {
        this.hp = hp;
        this.requests = requests;
        this.threads = new ArrayList<>(count);
        this.admitted = new Semaphore(admitted);
        this.failFast = failFast;
        this.deadline = deadline;
        Thread.Builder builder = Thread.ofVirtual().name("httpipe-fanout-", 0);
        for (int i = 0; i < count; i++) {
            threads.add(builder.unstarted(this::work));
        }
    }

    /** Starts all of them, unless the caller has been interrupted before. */
    void startAll() throws CancelledException {
        while (started < threads.size()) {
            startNext();
        }
    }

    /** Starts one more, unless the caller has been interrupted before. */
    void startNext() throws CancelledException {
        if (Thread.currentThread().isInterrupted()) {
            throw cancelled(new InterruptedException());
        }
        threads.get(started++).start();
    }

    /** Lets one more request be sent, on one more thread if there is one. */
    void admitOne() throws CancelledException {
        admitted.release();
        if (started < threads.size()) {
            startNext();
        }
    }

    private void work() {
        if (deadline == Deadline.NONE) {
            sendInTurn();
        } else {
            Deadline.<@Nullable Void, RuntimeException>around(deadline, () -> {
                sendInTurn();
                return null;
            });
        }
    }

    private void sendInTurn() {
        int index;
        while (!stopped && (index = next.getAndIncrement()) < requests.size()) {
            try {
                admitted.acquire();
            } catch (InterruptedException e) {
                return;
            }
            Outcome outcome = outcome(index);
            if (failFast && outcome.failure() != null) {
                stopped = true;
            }
            outcomes.add(outcome);
            // A body's writer may have left the flag set, which is nothing to the next request. An interrupt that is
            // meant for this thread is not lost with it: whoever cancels stops first.
            Thread.interrupted();
        }
    }

    private Outcome outcome(int index) {
        try {
            return new Outcome(index, hp.request(requests.get(index)), null);
        } catch (Throwable e) {
            return new Outcome(index, null, e);
        }
    }

    /** Waits for an outcome. */
    Outcome take() throws CancelledException {
        try {
            return outcomes.take();
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    /** Waits for an outcome, for this many nanoseconds; null if there is none by then. */
    @Nullable
    Outcome poll(long nanos) throws CancelledException {
        try {
            return outcomes.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    /** Keeps a failure that ends nothing, to be told together with one that does. */
    void remember(Outcome failed) {
        failures.add(Objects.requireNonNull(failed.failure()));
    }

    /** Ends all because of this failure, and gives it the others as suppressed; throws it if it is unchecked. */
    HttpipeException failure(Outcome failed) {
        if (failed.failure() instanceof HttpipeException failure) {
            close();
            suppressOthers(failure);
            return failure;
        }
        throw unchecked(failed);
    }

    /** The same for a failure that is none of a call's own. */
    RuntimeException unchecked(Outcome failed) {
        Throwable failure = Objects.requireNonNull(failed.failure());
        close();
        suppressOthers(failure);
        return switch (failure) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            // Thrown by a writer that has not declared it.
            default -> new UndeclaredThrowableException(failure);
        };
    }

    /**
     * Ends all because the caller was interrupted; the facts are those of a request that this has hit, if there is one.
     */
    private CancelledException cancelled(InterruptedException cause) {
        close();
        Thread.currentThread().interrupt();
        CancelledException cancelled = null;
        for (Outcome outcome : outcomes) {
            if (cancelled == null && isInterrupt(outcome.failure())) {
                cancelled = (CancelledException) outcome.failure();
            }
        }
        if (cancelled == null) {
            int taken = Math.min(next.get(), requests.size());
            Request request = requests.get(Math.min(taken, requests.size() - 1));
            cancelled = CancelledException.interrupted(
                    new HttpipeException.Facts(Phase.ACQUIRE, request.endpoint(), 0, 0, 0, false), cause);
        }
        suppressOthers(cancelled);
        return cancelled;
    }

    private static boolean isInterrupt(@Nullable Throwable failure) {
        return failure instanceof CancelledException cancelled
                && cancelled.reason() == CancelledException.Reason.INTERRUPT;
    }

    /** Whether a failure leaves no other request a chance: what it tells is nothing that a call meets by itself. */
    static boolean isFinal(@Nullable Throwable failure) {
        return !(failure instanceof HttpipeException)
                || failure instanceof CancelledException cancelled
                        && cancelled.reason() == CancelledException.Reason.CLIENT_CLOSED;
    }

    @SuppressWarnings("ReferenceEquality") // a failure may not suppress itself, though it may another that equals it
    private void suppressOthers(Throwable failure) {
        for (Outcome outcome : outcomes) {
            if (outcome.failure() != null && !isInterrupt(outcome.failure())) {
                failures.add(outcome.failure());
            }
        }
        for (Throwable other : failures) {
            if (other != failure) {
                failure.addSuppressed(other);
            }
        }
    }

    /** Cancels what is still under way and waits until every thread has ended; an interrupt does not shorten that. */
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

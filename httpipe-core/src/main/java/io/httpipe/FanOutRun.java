package io.httpipe;

import io.httpipe.internal.call.FanOutWorkers;
import io.httpipe.internal.call.FanOutWorkers.Outcome;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One run of a {@link FanOut}: converts the outcomes of its workers to responses and exceptions. Belongs to one thread.
 */
final class FanOutRun implements AutoCloseable {
    private final Httpipe client;
    private final FanOutWorkers<Response> workers;
    private final List<Request> requests;

    /** Failures that did not end the run. They are suppressed in the failure that ends it. */
    private final List<Throwable> failures = new ArrayList<>();

    FanOutRun(Httpipe client, List<Request> requests, int threads, int admitted, boolean failFast, Deadline deadline) {
        this.client = client;
        this.requests = requests;
        this.workers = new FanOutWorkers<>(
                index -> client.request(requests.get(index)),
                requests.size(),
                threads,
                admitted,
                failFast,
                deadline.ticks());
    }

    void startAll() throws CancelledException {
        try {
            workers.startAll();
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    void startNext() throws CancelledException {
        try {
            workers.startNext();
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    /** Lets one more request be sent. */
    void admitOne() throws CancelledException {
        try {
            workers.admitOne();
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    /** Waits for the next outcome. */
    Outcome<Response> take() throws CancelledException {
        try {
            return workers.take();
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    /** Waits up to this many nanoseconds for the next outcome; returns null if there is none. */
    @Nullable
    Outcome<Response> poll(long nanos) throws CancelledException {
        try {
            return workers.poll(nanos);
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    /** Keeps a failure that does not end the run. */
    void remember(Outcome<Response> failed) {
        failures.add(Objects.requireNonNull(failed.failure()));
    }

    /** Ends the run and returns this failure, with the others suppressed in it. Throws it if it is unchecked. */
    HttpipeException failure(Outcome<Response> failed) {
        if (failed.failure() instanceof HttpipeException failure) {
            workers.close();
            suppressOthers(failure);
            return failure;
        }
        throw unchecked(failed);
    }

    /** Ends the run because of a failure that is not an {@link HttpipeException}. */
    RuntimeException unchecked(Outcome<Response> failed) {
        Throwable failure = Objects.requireNonNull(failed.failure());
        workers.close();
        suppressOthers(failure);
        return switch (failure) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            // The writer of a body threw a checked exception that it does not declare.
            default -> new UndeclaredThrowableException(failure);
        };
    }

    /** Ends the run because the caller was interrupted. The facts are those of a running request, if there is one. */
    private CancelledException cancelled(InterruptedException cause) {
        workers.close();
        Thread.currentThread().interrupt();
        CancelledException cancelled = null;
        for (Outcome<Response> outcome : workers.untaken()) {
            if (cancelled == null && isInterrupt(outcome.failure())) {
                cancelled = (CancelledException) outcome.failure();
            }
        }
        if (cancelled == null) {
            Request request = requests.get(workers.nextIndex());
            cancelled = CancelledException.interrupted(
                    new HttpipeException.Facts(
                            Phase.ACQUIRE, Endpoint.of(client.outgoing(request).address()), 0, 0, 0, false),
                    cause);
        }
        suppressOthers(cancelled);
        return cancelled;
    }

    private static boolean isInterrupt(@Nullable Throwable failure) {
        return failure instanceof CancelledException cancelled
                && cancelled.reason() == CancelledException.Reason.INTERRUPT;
    }

    /** Whether this failure ends the run: any unchecked failure, and the close of the client. */
    static boolean isFinal(@Nullable Throwable failure) {
        return !(failure instanceof HttpipeException)
                || failure instanceof CancelledException cancelled
                        && cancelled.reason() == CancelledException.Reason.CLIENT_CLOSED;
    }

    @SuppressWarnings("ReferenceEquality") // a failure cannot suppress itself, but it can suppress an equal one
    private void suppressOthers(Throwable failure) {
        for (Outcome<Response> outcome : workers.untaken()) {
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

    /** Cancels all requests and waits until every thread has ended. */
    @Override
    public void close() {
        workers.close();
    }
}

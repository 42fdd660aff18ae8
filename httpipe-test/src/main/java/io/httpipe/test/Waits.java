package io.httpipe.test;

import io.httpipe.Body;
import io.httpipe.CancelledException;
import io.httpipe.Deadline;
import io.httpipe.Endpoint;
import io.httpipe.HttpipeException;
import io.httpipe.HttpipeException.Facts;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.TimedOutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Pauses one call. A pause ends early at the deadline, at an interrupt, or when any thread calls {@link #close}. */
final class Waits {
    private final Request request;
    private final Deadline deadline = Deadline.current();
    private final CountDownLatch closed = new CountDownLatch(1);

    Waits(Request request) {
        this.request = request;
    }

    /** Waits. If the wait ends early, it throws what a real wait of the client would throw. */
    void pause(Duration duration, Phase phase) throws HttpipeException {
        long nanos = duration.toNanos();
        long left = deadline.remaining().toNanos();
        boolean over;
        try {
            over = closed.await(Math.min(nanos, left), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException(
                    CancelledException.Reason.INTERRUPT, "cancelled by an interrupt", facts(phase, false), e);
        }
        if (over) {
            throw new CancelledException(
                    CancelledException.Reason.RESPONSE_CLOSED,
                    "the response was closed by another thread",
                    facts(phase, false),
                    null);
        }
        if (left < nanos) {
            throw new TimedOutException(TimedOutException.Limit.DEADLINE, "the deadline passed", facts(phase, true));
        }
    }

    /** Ends the wait of another thread. */
    void close() {
        closed.countDown();
    }

    /**
     * Returns the facts of a fault. If {@code mayRetry} is false, the call is not safe to retry. Otherwise it is safe to
     * retry while connecting, and in all other phases only if the request is idempotent and its body repeatable.
     */
    Facts facts(Phase phase, boolean mayRetry) {
        boolean idempotent = request.headers().contains("Idempotency-Key")
                || switch (request.method()) {
                    case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY" -> true;
                    default -> false;
                };
        Body body = request.body();
        boolean repeatable = body == null || body.isRepeatable();
        boolean safe = phase == Phase.CONNECT || idempotent && repeatable;
        return new Facts(phase, endpoint(), null, 0, 0, 0, mayRetry && safe);
    }

    private Endpoint endpoint() {
        try {
            return request.endpoint();
        } catch (IllegalArgumentException e) {
            // The request has only a path, and another interceptor says where to send it.
            return Endpoint.of("localhost", 80);
        }
    }
}

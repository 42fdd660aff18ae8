package io.httpipe;

import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.pool.ClientClosedException;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.BooleanSupplier;

/**
 * Sends the requests of one download, or of one stream of events. One deadline limits all of them and the waits between
 * them; the caller puts {@link #deadline} into each request. For one thread.
 */
final class RequestSeries {
    private final Httpipe client;
    private final SocketAddress address;
    private final CallTimeouts budget;

    /** Whether the server has answered a request. */
    private boolean begun;

    RequestSeries(Httpipe client, Outgoing request) {
        this.client = client;
        this.address = request.address();
        this.budget = client.calls().timeouts(request);
    }

    /** The deadline of the whole series. */
    long deadline() {
        return budget.deadline();
    }

    boolean isExpired() {
        return budget.isExpired();
    }

    /** Sends the next request. Throws {@link CancelledException} if the client was closed after the first response. */
    StreamedResponse send(Request request) throws HttpipeException {
        try {
            StreamedResponse response = client.stream(request);
            begun = true;
            return response;
        } catch (IllegalStateException e) {
            if (begun && client.calls().isClosed()) {
                HttpipeException cancelled = failure(new ClientClosedException(), CallStep.ACQUIRE);
                cancelled.addSuppressed(e);
                throw cancelled;
            }
            throw e;
        }
    }

    /** Waits before the next request, at most until {@code closed} returns true. */
    void pause(long nanos, BooleanSupplier closed) throws HttpipeException {
        try {
            client.journeys().pause(budget, address, nanos, closed);
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /** Whether another request can help after this failure. */
    boolean mayContinueAfter(HttpipeException failure) {
        boolean atDeadline =
                failure instanceof TimedOutException timedOut && timedOut.limit() == TimedOutException.Limit.DEADLINE;
        return failure.safeToRetry() && !atDeadline;
    }

    /** Returns the exception for a series that ends between two requests or after the last one. */
    HttpipeException failure(IOException end, CallStep step) {
        budget.enterWithoutWait(step);
        return ErrorMapping.of(CallFailedException.of(end, address, budget));
    }
}

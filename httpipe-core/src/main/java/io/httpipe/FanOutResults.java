package io.httpipe;

import io.httpipe.internal.call.FanOutWorkers.Outcome;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The results of many requests, in the order in which they arrive.
 *
 * {@snippet :
 * try (FanOutResults results = FanOut.over(hp).results(requests)) {
 *     while (results.hasNext()) {
 *         FanOutResults.Result result = results.next();
 *         System.out.println(result.index() + ": " + result.orThrow().status());
 *     }
 * }
 * }
 *
 * <p>Close the results. When {@link #close} has returned, or the last result has been taken, all their threads have
 * ended. Only one thread at a time may use them.
 */
public final class FanOutResults implements AutoCloseable {
    private final FanOutRun run;
    private final List<Request> requests;
    private int left;
    private boolean closed;

    FanOutResults(FanOutRun run, List<Request> requests) {
        this.run = run;
        this.requests = requests;
        this.left = requests.size();
    }

    /** How one of the requests ended. */
    public sealed interface Result permits Answered, Failed {
        /** {@return the index of the request in the collection that was sent, from 0} */
        int index();

        /** {@return the request} */
        Request request();

        /**
         * {@return the response, whatever its status}
         *
         * @throws HttpipeException if the request failed: its failure
         */
        Response orThrow() throws HttpipeException;
    }

    /**
     * A request with a response, whatever its status.
     *
     * @param index    the index of the request in the collection that was sent, from 0
     * @param request  the request
     * @param response the response
     */
    public record Answered(int index, Request request, Response response) implements Result {
        @Override
        public Response orThrow() {
            return response;
        }
    }

    /**
     * A request that failed.
     *
     * @param index   the index of the request in the collection that was sent, from 0
     * @param request the request
     * @param failure why there is no response
     */
    public record Failed(int index, Request request, HttpipeException failure) implements Result {
        @Override
        public Response orThrow() throws HttpipeException {
            throw failure;
        }
    }

    /**
     * Returns whether there is another result, which may not have arrived yet. Does not wait.
     *
     * @return false if all results have been taken, or this object has been closed
     */
    public boolean hasNext() {
        return !closed && left > 0;
    }

    /**
     * Waits for the next result.
     *
     * @return the result of the request that ended next
     * @throws CancelledException     if the caller was interrupted; this also closes the results
     * @throws NoSuchElementException if all results have been taken
     * @throws IllegalStateException  if these results or the client have been closed
     */
    public Result next() throws CancelledException {
        if (closed) {
            throw new IllegalStateException("these results have been closed");
        }
        if (left == 0) {
            throw new NoSuchElementException("all %d results have been taken".formatted(requests.size()));
        }
        Result result = result(take());
        left--;
        if (left == 0) {
            run.close();
        } else {
            run.admitOne();
        }
        return result;
    }

    private Result result(Outcome<Response> outcome) {
        Request request = requests.get(outcome.index());
        Response response = outcome.response();
        if (response != null) {
            return new Answered(outcome.index(), request, response);
        }
        if (outcome.failure() instanceof HttpipeException failure) {
            return new Failed(outcome.index(), request, failure);
        }
        closed = true;
        throw run.unchecked(outcome);
    }

    private Outcome<Response> take() throws CancelledException {
        try {
            return run.take();
        } catch (CancelledException e) {
            closed = true;
            throw e;
        }
    }

    /** Cancels the remaining requests and waits until their threads have ended. A second call does nothing. */
    @Override
    public void close() {
        closed = true;
        run.close();
    }
}

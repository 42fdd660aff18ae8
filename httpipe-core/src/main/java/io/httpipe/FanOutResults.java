package io.httpipe;

import io.httpipe.internal.call.FanOutWorkers.Outcome;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The results of many requests, in the order in which they come.
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
 * <p>To be used by one thread at a time, and to be closed. Once it is closed, or the last result taken, none of its
 * threads is left.
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
        /** {@return the place of the request among those that were sent, from 0} */
        int index();

        /** {@return the request that ended so} */
        Request request();

        /**
         * {@return the response, whatever its status, if one came}
         *
         * @throws HttpipeException if none came: the failure
         */
        Response orThrow() throws HttpipeException;
    }

    /**
     * A request that was answered, with whatever status.
     *
     * @param index    its place among those that were sent, from 0
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
     * @param index   its place among those that were sent, from 0
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
     * Tells, without waiting, whether there is another result, perhaps still to come.
     *
     * @return false once each result has been taken, or this has been closed
     */
    public boolean hasNext() {
        return !closed && left > 0;
    }

    /**
     * Waits for the next result.
     *
     * @return the result of the request that ended next
     * @throws CancelledException     if the caller was interrupted; this is closed then
     * @throws NoSuchElementException if each result has been taken
     * @throws IllegalStateException  if this has been closed, or the client has
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

    /** Cancels what is left, and waits until its threads have ended. A second time does nothing. */
    @Override
    public void close() {
        closed = true;
        run.close();
    }
}

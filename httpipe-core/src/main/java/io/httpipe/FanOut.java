package io.httpipe;

import io.httpipe.internal.call.FanOutWorkers.Outcome;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sends many requests at the same time on virtual threads, and waits for as many responses as are needed.
 *
 * {@snippet :
 * FanOut fanOut = FanOut.over(hp).concurrency(16).timeout(Duration.ofSeconds(2));
 * List<Response> pages = fanOut.all(pageRequests);               // every response, or the first failure
 * Response mirrored = fanOut.first(mirrorRequests);              // the first response
 * Response quick = fanOut.hedge(request, Duration.ofMillis(50)); // sends a second copy if the first is slow
 * }
 *
 * <p>At most 64 requests run at the same time, each on its own thread; {@link #concurrency} changes the number. Further
 * requests wait in order. A fan-out has no timeout by default. But the limits of the client, of the requests and of a
 * {@link Deadline#within} around the caller apply.
 *
 * <p>When {@link #all}, {@link #first} or {@link #hedge} ends, or {@link FanOutResults#close} returns, no request is
 * running: an interrupt has cancelled the remaining requests, their sockets are closed, and their threads have ended.
 * If the writer of a body ignores interrupts, the end is delayed. Two kinds of threads may continue: a thread that
 * reads a stream for a body, if the stream ignores interrupts, and a thread that waits for a name server.
 *
 * <p>An interrupt of the caller cancels all requests. The method then throws {@link CancelledException} with the facts
 * of one request, and the interrupt flag is set.
 *
 * <p>A response is never a failure, whatever its status; see {@link #accepting}. If {@link #all}, {@link #first} or
 * {@link #hedge} fails, it throws the exception of the request that failed first, as it was thrown on the request's
 * thread. The other failures are suppressed in that exception, except those that only the cancellation caused.
 *
 * <p>A {@link RuntimeException} or {@link Error} of a request, for example from the writer of its body, ends the whole
 * fan-out, and the method or {@link FanOutResults#next} throws it. For {@link #first} and {@link #hedge}, the close of
 * the client also ends the fan-out. {@code first} and {@code hedge} throw such a failure even if another request failed
 * before.
 *
 * <p>Immutable and thread-safe.
 */
public final class FanOut {
    private final Httpipe client;
    private final int concurrency;
    private final @Nullable Duration timeout;
    private final Predicate<? super Response> accept;

    private FanOut(Httpipe client, int concurrency, @Nullable Duration timeout, Predicate<? super Response> accept) {
        this.client = client;
        this.concurrency = concurrency;
        this.timeout = timeout;
        this.accept = accept;
    }

    /**
     * {@return a fan-out over this client, with the default options} The client's limits and timeouts apply to each
     * request.
     *
     * @param hp the client, which stays open
     */
    public static FanOut over(Httpipe hp) {
        return new FanOut(Arguments.notNull("hp", hp), 64, null, response -> true);
    }

    /**
     * Limits how many requests run at the same time. Default: 64.
     *
     * @param concurrency 1 or more
     * @return a changed copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public FanOut concurrency(int concurrency) {
        return new FanOut(client, Arguments.atLeast("concurrency", 1, concurrency), timeout, accept);
    }

    /**
     * Limits the duration of the whole fan-out. Requests that have not ended by then fail with
     * {@link TimedOutException}. No limit by default.
     *
     * @param duration positive; each call of {@link #all}, {@link #first}, {@link #hedge} or {@link #results} gets the
     *                 whole duration
     * @return a changed copy
     * @throws IllegalArgumentException if it is null, zero or negative
     */
    public FanOut timeout(Duration duration) {
        return new FanOut(client, concurrency, Arguments.positive("duration", duration), accept);
    }

    /**
     * Decides which responses may win {@link #first} and {@link #hedge}. By default any response may, even a 503.
     *
     * {@snippet :
     * Response served = FanOut.over(hp).accepting(response -> response.status() < 500).first(mirrorRequests);
     * }
     *
     * <p>Until the other requests have ended, {@code first} or {@code hedge} keeps the first response that is not
     * accepted. If no response is accepted, {@code first} or {@code hedge} returns that one, even if a request failed.
     *
     * @param accept returns true for a response that may win; runs on the caller's thread
     * @return a changed copy
     * @throws IllegalArgumentException if it is null
     */
    public FanOut accepting(Predicate<? super Response> accept) {
        return new FanOut(client, concurrency, timeout, Arguments.notNull("accept", accept));
    }

    /**
     * Sends all requests and waits for all responses. The first failure cancels the other requests. To stop at a
     * status, use {@link #results}.
     *
     * @param requests any number; may be empty
     * @return the responses in the order of the requests, in an immutable list
     * @throws HttpipeException         if a request failed: its failure, with the other failures suppressed
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException for a null, and for a request without an endpoint
     * @throws IllegalStateException    if the client has been closed
     */
    public List<Response> all(Collection<Request> requests) throws HttpipeException {
        List<Request> sent = copy(requests);
        Response[] responses = new Response[sent.size()];
        try (FanOutRun run = run(sent, concurrency, sent.size(), true)) {
            run.startAll();
            for (int left = sent.size(); left > 0; left--) {
                Outcome<Response> outcome = run.take();
                Response response = outcome.response();
                if (response == null) {
                    throw run.failure(outcome);
                }
                responses[outcome.index()] = response;
            }
        }
        return List.of(responses);
    }

    /**
     * Sends all requests, returns the first response, and cancels the other requests. A response of any status wins,
     * unless {@link #accepting} says otherwise. If there are more requests than {@link #concurrency} allows, the next
     * request is sent when an earlier one fails or its response is not accepted.
     *
     * @param requests at least one
     * @return the response that won
     * @throws HttpipeException         if all requests failed: the first failure, with the others suppressed
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException for no request, a null, and a request without an endpoint
     * @throws IllegalStateException    if the client has been closed
     */
    public Response first(Collection<Request> requests) throws HttpipeException {
        List<Request> contenders = copy(requests);
        if (contenders.isEmpty()) {
            throw new IllegalArgumentException("requests: none");
        }
        try (FanOutRun run = run(contenders, concurrency, concurrency, false)) {
            run.startAll();
            return race(run, contenders.size(), NanoClock.NEVER);
        }
    }

    /**
     * Sends a request. Sends a second copy if the first copy has no response in time, fails, or its response is not
     * accepted. Returns the first response, as {@link #first} does, and cancels the other copy. {@link #concurrency}
     * has no effect.
     *
     * {@snippet :
     * Response quick = FanOut.over(hp).hedge(Request.get(uri), Duration.ofMillis(50)); // the 95th percentile, say
     * }
     *
     * <p>The server may process both copies, so the request must be safe to repeat.
     *
     * @param request idempotent (RFC 9110, section 9.2.2) or with an {@code Idempotency-Key}; its body, if any, must be
     *                one that can be sent any number of times
     * @param after   how long to wait before the second copy is sent
     * @return the response that won
     * @throws HttpipeException         if both copies failed: the first failure, with the other suppressed
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException for a request that must not be sent twice or has no endpoint, and for a time
     *                                  that is null, zero or negative
     * @throws IllegalStateException    if the client has been closed
     */
    public Response hedge(Request request, Duration after) throws HttpipeException {
        if (!Arguments.notNull("request", request).isRepeatable()) {
            throw new IllegalArgumentException(
                    "request: %s must not be sent twice, or its body cannot be sent twice".formatted(request));
        }
        long hedgeDelay = NanoClock.nanos(Arguments.positive("after", after));
        // There are two threads. The second thread starts when the second copy is sent.
        try (FanOutRun run = run(List.of(request, request), 2, 1, false)) {
            run.startNext();
            return race(run, 2, hedgeDelay);
        }
    }

    /**
     * Returns the first response that is accepted. Admits one more request after each failure, after each response that
     * is not accepted, and if there is no response within {@code hedgeDelay} nanoseconds.
     */
    private Response race(FanOutRun run, int contenders, long hedgeDelay) throws HttpipeException {
        Outcome<Response> outcome = run.poll(hedgeDelay);
        if (outcome == null) {
            run.admitOne();
            outcome = run.take();
        }
        Response heldResponse = null;
        Outcome<Response> firstFailure = null;
        for (int left = contenders - 1; ; left--) {
            Response response = outcome.response();
            if (response == null) {
                firstFailure = firstFailure == null ? outcome : firstFailure;
                if (FanOutRun.isFinal(outcome.failure())) {
                    throw run.failure(outcome);
                }
                run.remember(outcome);
            } else if (accept.test(response)) {
                return response;
            } else if (heldResponse == null) {
                heldResponse = response;
            }
            if (left == 0) {
                if (heldResponse != null) {
                    return heldResponse;
                }
                throw run.failure(Objects.requireNonNull(firstFailure));
            }
            run.admitOne();
            outcome = run.take();
        }
    }

    /**
     * Sends all requests and returns their results as they arrive. A failure is a result too; it does not stop the
     * other requests.
     *
     * {@snippet :
     * try (FanOutResults results = FanOut.over(hp).concurrency(16).results(requests)) {
     *     while (results.hasNext()) {
     *         switch (results.next()) {
     *             case FanOutResults.Answered(var index, var request, var response) -> save(index, response.body());
     *             case FanOutResults.Failed(var index, var request, var failure) -> log(request, failure);
     *         }
     *     }
     * }
     * }
     *
     * <p>The sending begins with this call. If the caller takes results slowly, the sending waits: running requests and
     * results that have not been taken are together at most twice {@link #concurrency}.
     *
     * @param requests any number; may be empty
     * @return the results; close them to cancel the remaining requests
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException for a null
     */
    public FanOutResults results(Collection<Request> requests) throws CancelledException {
        List<Request> sent = copy(requests);
        FanOutRun run = run(sent, concurrency, 2L * concurrency, false);
        run.startAll();
        return new FanOutResults(run, sent);
    }

    /** Returns the concurrency and the timeout. */
    @Override
    public String toString() {
        return new OptionText("FanOut")
                .with("concurrency", concurrency)
                .with("timeout", timeout)
                .toString();
    }

    private static List<Request> copy(Collection<Request> requests) {
        Request[] copy = Arguments.notNull("requests", requests).toArray(new Request[0]);
        for (int i = 0; i < copy.length; i++) {
            Arguments.notNull("requests[" + i + "]", copy[i]);
        }
        return Arrays.asList(copy);
    }

    /** Creates a run whose threads are not started. Its deadline is the earlier one: this fan-out's or the caller's. */
    private FanOutRun run(List<Request> requests, int maxThreads, long admitted, boolean failFast) {
        int threads = Math.min(maxThreads, requests.size());
        int permits = (int) Math.min(admitted, requests.size());
        Deadline ambient = Deadline.current();
        Deadline deadline = timeout == null ? ambient : Deadline.after(timeout).earlier(ambient);
        return new FanOutRun(client, requests, threads, permits, failFast, deadline);
    }
}

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
 * Sends many requests at once, on virtual threads, and waits for as many of the responses as are needed.
 *
 * {@snippet :
 * FanOut fanOut = FanOut.over(hp).concurrency(16).deadline(Duration.ofSeconds(2));
 * List<Response> pages = fanOut.all(pageRequests);                        // every one, or the failure of one
 * Response mirrored = fanOut.first(mirrorRequests);                       // the first to answer
 * Response quick = fanOut.hedge(request, Duration.ofMillis(50));          // a second copy if the first is slow
 * }
 *
 * <p>At most 64 requests are under way at once unless {@link #concurrency} says otherwise, on as many threads; the
 * others wait for their turn, in their order. There is no deadline by default, but those of the client, of the requests
 * and of a {@link Deadline#within} around the caller hold.
 *
 * <p>None of those threads outlives its call, or the closing of the {@link FanOutResults}. Before a method returns or
 * throws, the requests that are not needed any more have been cancelled by an interrupt, their sockets closed and their
 * threads joined; only a body's writer that does not heed interrupts can hold this up. A stream that does not, sent as a
 * body, is left with the thread that reads it, and a name server with the thread that asks it. An interrupt of the caller
 * cancels all requests: {@link CancelledException} is thrown, with the facts of one of them, and the interrupt flag is
 * set.
 *
 * <p>No status is a failure here; see {@link #accepting}. The failure that is thrown is that of the request which
 * failed first: the very exception, from the request's thread. It carries those of the others as suppressed, but not
 * what only the cancelling caused. A {@link RuntimeException} or {@link Error} of a request, such as that of its body's
 * writer, ends any call in the same way.
 *
 * <p>Immutable and thread-safe.
 */
public final class FanOut {
    private final Httpipe hp;
    private final int concurrency;
    private final @Nullable Duration timeout;
    private final Predicate<? super Response> accept;

    private FanOut(Httpipe hp, int concurrency, @Nullable Duration timeout, Predicate<? super Response> accept) {
        this.hp = hp;
        this.concurrency = concurrency;
        this.timeout = timeout;
        this.accept = accept;
    }

    /**
     * A fan-out over a client, whose pool limits and timeouts hold as for any other call.
     *
     * @param hp the client, which stays open
     * @return 64 requests at once, no timeout, any response accepted
     */
    public static FanOut over(Httpipe hp) {
        return new FanOut(Arguments.notNull("hp", hp), 64, null, response -> true);
    }

    /**
     * Bounds how many requests are under way at once; 64 by default.
     *
     * @param concurrency how many, at least 1
     * @return the same with this bound
     * @throws IllegalArgumentException if it is less than 1
     */
    public FanOut concurrency(int concurrency) {
        return new FanOut(hp, Arguments.atLeast("concurrency", 1, concurrency), timeout, accept);
    }

    /**
     * Bounds the whole fan-out; what is not over by then fails with {@link TimedOutException}. No limit by default.
     *
     * @param duration how long, from the call of one of the methods that send
     * @return the same with this bound
     * @throws IllegalArgumentException if it is null, zero or negative
     */
    public FanOut timeout(Duration duration) {
        return new FanOut(hp, concurrency, Arguments.positive("duration", duration), accept);
    }

    /**
     * Tells which responses may win {@link #first} and {@link #hedge}; by default any may, a 503 too.
     *
     * {@snippet :
     * Response served = FanOut.over(hp).accepting(response -> response.status() < 500).first(mirrorRequests);
     * }
     *
     * <p>Another response is kept back while a better one may still come. If none does, the first that was kept back is
     * returned, rather than a failure thrown.
     *
     * @param accept what a response must satisfy to win; asked in the caller's thread
     * @return the same with this condition
     * @throws IllegalArgumentException if it is null
     */
    public FanOut accepting(Predicate<? super Response> accept) {
        return new FanOut(hp, concurrency, timeout, Arguments.notNull("accept", accept));
    }

    /**
     * Sends all requests and waits for all responses. The first failure cancels the others. To stop at a status, look
     * at the {@link #results} as they come.
     *
     * @param requests any number of them, perhaps none
     * @return their responses, in the order of the requests, in a list that cannot be changed
     * @throws HttpipeException         if one failed: its failure, the others' suppressed
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException if there is a null, or a request that does not say where to connect
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
     * Sends all requests, takes the first response that comes, of any status unless {@link #accepting} says otherwise,
     * and cancels the other requests. With fewer at once than there are, the others are sent only as those before them
     * lose.
     *
     * @param requests at least one
     * @return the response that won
     * @throws HttpipeException         if all failed: the first failure, the others suppressed
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException if there is no request, a null, or one that does not say where to connect
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
     * Sends a request, and a second copy of it if the first has not been answered in time or has failed or lost before;
     * takes the first response that comes, as {@link #first} does, and cancels the other copy. The bound on concurrency
     * is of no matter here.
     *
     * {@snippet :
     * Response quick = FanOut.over(hp).hedge(Request.get(uri), Duration.ofMillis(50)); // the 95th percentile, say
     * }
     *
     * <p>The server may do twice what is asked, hence the request must be one that can be repeated.
     *
     * @param request an idempotent one (RFC 9110, section 9.2.2) or one with an {@code Idempotency-Key}, whose body, if
     *                any, can be sent any number of times
     * @param after   how long the first copy has before the second is sent
     * @return the response that won
     * @throws HttpipeException         if both failed: the first failure, the other suppressed
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException for a request that may not be sent twice or does not say where to connect, and a
     *                                  time that is null, zero or negative
     * @throws IllegalStateException    if the client has been closed
     */
    public Response hedge(Request request, Duration after) throws HttpipeException {
        if (!Arguments.notNull("request", request).isRepeatable()) {
            throw new IllegalArgumentException(
                    "request: %s may not be sent twice, or its body cannot be".formatted(request));
        }
        long patience = NanoClock.nanos(Arguments.positive("after", after));
        // Two threads, of which the second is started with the second copy.
        try (FanOutRun run = run(List.of(request, request), 2, 1, false)) {
            run.startNext();
            return race(run, 2, patience);
        }
    }

    /** The first response that is accepted. One more request is let go after this time, and one for each that lost. */
    private Response race(FanOutRun run, int contenders, long patience) throws HttpipeException {
        Outcome<Response> outcome = run.poll(patience);
        if (outcome == null) {
            run.admitOne();
            outcome = run.take();
        }
        Response keptBack = null;
        Outcome<Response> firstFailed = null;
        for (int left = contenders - 1; ; left--) {
            Response response = outcome.response();
            if (response == null) {
                firstFailed = firstFailed == null ? outcome : firstFailed;
                if (FanOutRun.isFinal(outcome.failure())) {
                    throw run.failure(outcome);
                }
                run.remember(outcome);
            } else if (accept.test(response)) {
                return response;
            } else if (keptBack == null) {
                keptBack = response;
            }
            if (left == 0) {
                if (keptBack != null) {
                    return keptBack;
                }
                throw run.failure(Objects.requireNonNull(firstFailed));
            }
            run.admitOne();
            outcome = run.take();
        }
    }

    /**
     * Sends all requests and gives the results as they come; a failure is a result and stops nothing.
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
     * <p>Requests go out from the moment of this call. A slow taker slows them down: those that are under way and those
     * whose results wait to be taken are together never more than twice {@link #concurrency}.
     *
     * @param requests any number of them, perhaps none
     * @return the results to come; close it, which cancels what is left
     * @throws CancelledException       if the caller was interrupted
     * @throws IllegalArgumentException if there is a null
     */
    public FanOutResults results(Collection<Request> requests) throws CancelledException {
        List<Request> sent = copy(requests);
        FanOutRun run = run(sent, concurrency, 2L * concurrency, false);
        run.startAll();
        return new FanOutResults(run, sent);
    }

    /** Its options. */
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

    /** The threads, not yet started, with the deadline of this fan-out and of the caller. */
    private FanOutRun run(List<Request> requests, int atOnce, long admitted, boolean failFast) {
        int threads = Math.min(atOnce, requests.size());
        int permits = (int) Math.min(admitted, requests.size());
        Deadline ambient = Deadline.ambient();
        Deadline tightest = timeout == null ? ambient : Deadline.after(timeout).earlier(ambient);
        return new FanOutRun(hp, requests, threads, permits, failFast, tightest);
    }
}

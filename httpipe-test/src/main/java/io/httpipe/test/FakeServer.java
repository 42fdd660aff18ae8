package io.httpipe.test;

import io.httpipe.CancelledException;
import io.httpipe.Httpipe;
import io.httpipe.Interceptor;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Sockets;
import io.httpipe.StreamedResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers the requests of a client without a network, and keeps the requests.
 *
 * {@snippet :
 * FakeServer server = FakeServer.answering(Response.of(503), Response.of(200).withBody("[]"));
 * new OrderService(server.client()).orders();
 * assertEquals("/orders", server.requests().getFirst().target());
 * }
 *
 * <p>It works with {@link Httpipe#request}, {@link Httpipe#stream}, {@link io.httpipe.FanOut} and
 * {@link io.httpipe.Pipe}. It is an {@link Interceptor}, so it replaces the whole call: redirects, retries,
 * credentials, cookies, decoding and timeouts of the client do not apply to its answers, and {@link Response#hops} is
 * empty. Use a {@link io.httpipe.test.server.ScriptedServer} to test those. An interrupt cancels the call as usual.
 *
 * <p>Thread-safe if the function that answers is.
 */
public final class FakeServer implements Interceptor {
    private final StreamedAnswer answer;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /** Answers a request with a response in memory. */
    @FunctionalInterface
    public interface Answer {
        /**
         * Answers one request, on the thread that makes the call.
         *
         * @param request the request with the client's defaults. Its body is in memory, and {@link HttpipeTest#text}
         *                returns it
         * @return the response
         * @throws IOException          to make the call fail, for example with an exception of {@link Failures}
         * @throws InterruptedException if the thread is interrupted; the call then throws a {@link CancelledException}
         */
        Response answer(Request request) throws IOException, InterruptedException;
    }

    /** Answers a request with a response whose body is read as a stream. */
    @FunctionalInterface
    public interface StreamedAnswer {
        /**
         * Answers one request, as {@link Answer#answer} does.
         *
         * @param request the request with the client's defaults and its body in memory
         * @return the response
         * @throws IOException          to make the call fail
         * @throws InterruptedException as for {@link Answer#answer}
         */
        StreamedResponse answer(Request request) throws IOException, InterruptedException;
    }

    private FakeServer(StreamedAnswer answer) {
        this.answer = answer;
    }

    /**
     * {@return a fake that answers with a function}
     *
     * @param answer called for each request
     */
    public static FakeServer answering(Answer answer) {
        notNull("answer", answer);
        return new FakeServer(
                request -> StreamedResponse.of(notNull("the answer to " + request, answer.answer(request))));
    }

    /**
     * {@return a fake that returns these answers in order, each one time} A call for which no answer is left throws an
     * {@link IllegalStateException}.
     *
     * @param answers in the order of the requests
     */
    public static FakeServer answering(Response... answers) {
        List<Response> inOrder = List.of(answers);
        AtomicInteger next = new AtomicInteger();
        return answering(request -> {
            int index = next.getAndIncrement();
            if (index >= inOrder.size()) {
                throw new IllegalStateException("no answer is left for %s: it is request %d, and there were %d answers"
                        .formatted(request, index + 1, inOrder.size()));
            }
            return inOrder.get(index);
        });
    }

    /**
     * {@return a fake that answers with a function, whose responses may be streams}
     *
     * {@snippet :
     * FakeServer.streaming(request -> StreamedResponse.of(Response.of(200)).withBody(slowStream));
     * }
     *
     * @param answer called for each request
     */
    public static FakeServer streaming(StreamedAnswer answer) {
        notNull("answer", answer);
        return new FakeServer(request -> notNull("the answer to " + request, answer.answer(request)));
    }

    /**
     * {@return a new client that sends its requests to this fake} It opens no socket, so {@code Httpipe.connect} fails.
     */
    public Httpipe client() {
        return Httpipe.builder()
                .resolver(host -> List.of(InetAddress.getLoopbackAddress()))
                .sockets(Sockets.DEFAULT.channelFactory(remote -> {
                    throw new IOException("a fake opens no connections; use a scripted server");
                }))
                .intercept(this)
                .build();
    }

    /** {@return the requests so far, in the order of their arrival, each with its body in memory} */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /**
     * Answers a request of a client that has this fake as its last interceptor.
     *
     * {@snippet :
     * Httpipe hp = production.with(options -> options.intercept(server));
     * }
     */
    @Override
    public StreamedResponse intercept(Request request, Next next) throws IOException {
        Request received = HttpipeTest.withBodyInMemory(request);
        requests.add(received);
        if (Thread.currentThread().isInterrupted()) {
            throw Failures.of(request).cancelled(CancelledException.Reason.INTERRUPT);
        }
        try {
            return answer.answer(received);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failures.of(request).cancelled(CancelledException.Reason.INTERRUPT);
        }
    }

    private static <T> T notNull(String what, T value) {
        if (value == null) {
            throw new IllegalArgumentException(what + " is null");
        }
        return value;
    }
}

package io.httpipe;

import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Passes a request to the remaining interceptors, and then sends it. For one call and one thread. */
final class InterceptorChain implements Interceptor.Next {
    private final Httpipe client;
    private final List<Interceptor> interceptors;
    private final int position;
    private final Sent sent;
    private final Thread thread = Thread.currentThread();

    /** The last response that {@link #proceed} returned. */
    private @Nullable StreamedResponse last;

    /** Whether the interceptor that uses this object has returned. */
    private boolean finished;

    /** Holds the request that the client sent last. All interceptors of a call share it. */
    private static final class Sent {
        Request request;

        Sent(Request request) {
            this.request = request;
        }
    }

    private InterceptorChain(Httpipe client, List<Interceptor> interceptors, int position, Sent sent) {
        this.client = client;
        this.interceptors = interceptors;
        this.position = position;
        this.sent = sent;
    }

    /** Sends a request through the interceptors of a client, and reads the whole response. */
    static Response request(Httpipe client, Request request) throws HttpipeException {
        Sent sent = new Sent(Arguments.notNull("request", request));
        StreamedResponse response = stream(client, request, sent);
        long limit = sent.request.outgoing().maxBodySize();
        try {
            return response.readWhole(limit < 0 ? client.options().limits.maxBodySize() : limit);
        } catch (IOException e) {
            throw failure(e, sent.request);
        }
    }

    /** Sends a request through the interceptors of a client. */
    static StreamedResponse stream(Httpipe client, Request request) throws HttpipeException {
        return stream(client, request, new Sent(Arguments.notNull("request", request)));
    }

    private static StreamedResponse stream(Httpipe client, Request given, Sent sent) throws HttpipeException {
        client.calls().requireOpen();
        Request request = given.with(client.outgoing(given));
        sent.request = request;
        Options options = client.options();
        long deadline = client.calls().timeouts(request.outgoing()).deadline();
        InterceptorChain chain = new InterceptorChain(client, Objects.requireNonNull(options.interceptors), 0, sent);
        try {
            StreamedResponse response = deadline == NanoClock.NEVER
                    ? chain.proceed(request)
                    : Deadlines.<StreamedResponse, IOException>around(deadline, () -> chain.proceed(request));
            return response.returnedBy(client);
        } catch (IOException e) {
            throw failure(e, sent.request);
        }
    }

    /**
     * Returns the exception for the caller. An interrupt cancels the call, even if it ended a wait in the interceptor's
     * own code.
     */
    private static HttpipeException failure(IOException e, Request request) {
        if (e instanceof HttpipeException known) {
            return known;
        }
        HttpipeException.Facts facts = new HttpipeException.Facts(Phase.ACQUIRE, endpoint(request), 0, 0, 0, false);
        boolean interrupted = Thread.currentThread().isInterrupted()
                || e instanceof ClosedByInterruptException
                || e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
        if (interrupted) {
            Thread.currentThread().interrupt();
            return CancelledException.interrupted(facts, e);
        }
        return new InterceptorFailedException(e, facts);
    }

    private static Endpoint endpoint(Request request) {
        try {
            return request.endpoint();
        } catch (IllegalArgumentException e) {
            // The request has only a path, and no interceptor has said where to send it.
            return Endpoint.of("localhost", 80);
        }
    }

    @Override
    public StreamedResponse proceed(Request request) throws IOException {
        Arguments.notNull("request", request);
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("proceed() was called on a different thread than its interceptor");
        }
        if (finished) {
            throw new IllegalStateException("proceed() was called after its interceptor had returned");
        }
        if (last != null) {
            if (last.isOpen()) {
                throw new IllegalStateException(
                        "the response of the last proceed() is still open; close it before you call proceed() again");
            }
            last.close();
        }
        StreamedResponse response =
                position == interceptors.size() ? send(request) : intercept(interceptors.get(position), request);
        last = response;
        return response;
    }

    private StreamedResponse send(Request request) throws HttpipeException {
        sent.request = request;
        return PolicyCalls.send(client, request);
    }

    private StreamedResponse intercept(Interceptor interceptor, Request request) throws IOException {
        InterceptorChain rest = new InterceptorChain(client, interceptors, position + 1, sent);
        StreamedResponse returned = null;
        try {
            returned = interceptor.intercept(request, rest);
            if (returned == null) {
                throw new IllegalStateException("an interceptor returned null: " + interceptor);
            }
            return returned;
        } finally {
            rest.finished = true;
            StreamedResponse received = rest.last;
            if (received != null && (returned == null || !returned.isOf(received))) {
                close(received, returned != null);
            }
        }
    }

    /**
     * Closes a response that the caller does not get. If the interceptor threw an exception, a failure of the close
     * must not hide that exception.
     */
    private static void close(StreamedResponse response, boolean answered) {
        try {
            response.close(answered);
        } catch (RuntimeException e) {
            if (answered) {
                throw e;
            }
        }
    }
}

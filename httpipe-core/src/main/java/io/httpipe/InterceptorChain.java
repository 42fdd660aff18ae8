package io.httpipe;

import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The interceptors of one call from this one on, and the sending at their end. For one call and one thread. */
final class InterceptorChain implements Interceptor.Next {
    private final Httpipe client;
    private final List<Interceptor> interceptors;
    private final int position;

    /** The last response that {@link #proceed} returned. */
    private @Nullable StreamedResponse last;

    private InterceptorChain(Httpipe client, List<Interceptor> interceptors, int position) {
        this.client = client;
        this.interceptors = interceptors;
        this.position = position;
    }

    /** Sends a request through the interceptors of a client, and reads the whole response. */
    static Response request(Httpipe client, Request request) throws HttpipeException {
        StreamedResponse response = stream(client, request);
        long ownLimit = request.outgoing().maxBodySize();
        return response.readWhole(ownLimit < 0 ? client.options().limits.maxBodySize() : ownLimit, request);
    }

    /** Sends a request through the interceptors of a client. */
    static StreamedResponse stream(Httpipe client, Request request) throws HttpipeException {
        client.calls().requireOpen();
        Options options = client.options();
        long deadline = client.calls()
                .timeouts(client.outgoing(request), options.timeouts.limits())
                .deadline();
        InterceptorChain chain = new InterceptorChain(client, Objects.requireNonNull(options.interceptors), 0);
        try {
            StreamedResponse response = deadline == NanoClock.NEVER
                    ? chain.proceed(request)
                    : Deadlines.<StreamedResponse, IOException>around(deadline, () -> chain.proceed(request));
            return response.returnedBy(client);
        } catch (HttpipeException e) {
            throw e;
        } catch (IOException e) {
            HttpipeException.Facts facts =
                    new HttpipeException.Facts(Phase.ACQUIRE, request.endpoint(), 0, 0, 0, false);
            throw Thread.currentThread().isInterrupted()
                    ? CancelledException.interrupted(facts, e)
                    : new InterceptorFailedException(e, facts);
        }
    }

    @Override
    public StreamedResponse proceed(Request request) throws IOException {
        Arguments.notNull("request", request);
        if (last != null && last.isOpen()) {
            throw new IllegalStateException(
                    "the response of the last proceed() is still open; close it before you proceed again");
        }
        StreamedResponse response =
                position == interceptors.size() ? client.send(request) : intercept(interceptors.get(position), request);
        last = response;
        return response;
    }

    private StreamedResponse intercept(Interceptor interceptor, Request request) throws IOException {
        InterceptorChain rest = new InterceptorChain(client, interceptors, position + 1);
        StreamedResponse returned = null;
        try {
            returned = interceptor.intercept(request, rest);
            if (returned == null) {
                throw new IllegalStateException("an interceptor returned null: " + interceptor);
            }
            return returned;
        } finally {
            StreamedResponse received = rest.last;
            if (received != null && (returned == null || !returned.isOf(received))) {
                received.close(returned != null);
            }
        }
    }
}

package io.httpipe;

import io.httpipe.internal.wire.Head;
import java.io.IOException;

/**
 * A response whose body is still on its way.
 *
 * {@snippet :
 * try (StreamedResponse response = hp.stream(Request.get(uri))) {
 *     response.body().transferTo(out);
 * }
 * }
 *
 * <p>It holds a connection until the body has been read to its end or it is closed, so close it;
 * {@link Httpipe#request(Request, Handler)} does that for you. For one thread at a time.
 */
public final class StreamedResponse extends AbstractResponse implements AutoCloseable {
    private final Httpipe client;
    private final Call call;
    private final BodyReader body;

    /**
     * Makes something of a response while it is open.
     *
     * @param <T> what it makes
     */
    @FunctionalInterface
    public interface Handler<T> {
        /**
         * Makes it.
         *
         * @param response closed afterwards
         * @return what is made of it
         * @throws IOException if that fails, as reading the body may
         */
        T handle(StreamedResponse response) throws IOException;
    }

    StreamedResponse(Httpipe client, Head head, Call call) {
        super(head, Headers.of(head.fields()), call.reusedTimes());
        this.client = client;
        this.call = call;
        this.body = new BodyReader(call, call.remaining());
    }

    /** {@return the body} Its end and its failures come to light as it is read. */
    public BodyReader body() {
        return body;
    }

    /** {@return the trailer fields of a chunked body, complete once its end has been read} */
    public Headers trailers() {
        return call.trailers();
    }

    /** {@return a pipe from this body into the next request} */
    public Pipe pipe() {
        return new Pipe(client, this);
    }

    /**
     * Ends the response. If little of the body is left, up to 64 KiB are read within 100 ms so that the connection can
     * be used again; else the connection is closed. A second time does nothing.
     */
    @Override
    public void close() {
        call.close();
    }
}

package io.httpipe;

import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.wire.ResponseHead;
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
 * {@link Httpipe#stream(Request, Handler)} does that for you. For one thread at a time.
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

    StreamedResponse(Httpipe client, ResponseHead head, Call call) {
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
        return Headers.of(call.trailers());
    }

    /**
     * {@return whether the whole request has been sent} It may still be on its way: a response that begins before the
     * server has read the whole body is given at once, and the upload goes on while the response is read. Once the
     * response has been read to its end or closed, this says what {@link Response#requestSentWhole} says.
     */
    public boolean requestSentWhole() {
        return call.sentWhole();
    }

    /** {@return a pipe from this body into the next request} */
    public Pipe pipe() {
        return new Pipe(client, this);
    }

    /**
     * Ends the response. If little of the body is left, up to 64 KiB are read within 100 ms so that the connection can
     * be used again; else the connection is closed. A second time does nothing.
     *
     * <p>An upload that is still going on is sent to its end first, within the timeouts and the deadline of the call;
     * what the server sends meanwhile is read and dropped. So is what it sends in the 2 seconds after the upload: it may
     * not have received all of it, and closing the connection too early would discard the rest. If the upload fails
     * nothing is thrown, but {@link #requestSentWhole} is false. {@link #abort} does not wait for any of this. To be sure
     * that the server has received the whole request, read its response to the end.
     */
    @Override
    public void close() {
        call.close();
    }

    /** Ends the response; an upload that is still going on is finished only if it is wanted. */
    void close(boolean uploadWanted) {
        if (uploadWanted || !call.isSending()) {
            close();
        } else {
            abort();
        }
    }

    /** Ends it as {@link #close} does, but fails if the request was lost behind a response that accepts it. */
    void finish() throws HttpipeException {
        try {
            call.finish();
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Ends the response and an upload that is still going on at once, and closes the connection. Any thread may call
     * this; a read that another thread is in fails. After {@link #close} it does nothing.
     */
    public void abort() {
        call.abandon();
    }
}

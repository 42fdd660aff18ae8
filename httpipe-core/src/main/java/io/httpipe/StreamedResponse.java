package io.httpipe;

import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;

/**
 * A response whose body is read while it arrives.
 *
 * {@snippet :
 * try (StreamedResponse response = hp.stream(Request.get(uri))) {
 *     response.body().transferTo(out);
 * }
 * }
 *
 * <p>A streamed response holds a connection until its body has been read to the end or the response is closed. So close
 * the response, or use {@link Httpipe#stream(Request, Handler)}, which closes it. Only one thread at a time may use it,
 * but any thread may call {@link #close} and {@link #abort}.
 */
public final class StreamedResponse extends AbstractResponse implements AutoCloseable {
    private final Httpipe client;
    private final Call call;
    private final BodyReader body;

    /**
     * Processes a response while it is open.
     *
     * @param <T> the result
     */
    @FunctionalInterface
    public interface Handler<T> {
        /**
         * Processes the response. Do not keep the response.
         *
         * @param response closed afterwards
         * @return the result
         * @throws IOException if the body cannot be read, or for any other failure
         */
        T handle(StreamedResponse response) throws IOException;
    }

    private StreamedResponse(Httpipe client, ResponseHead head, Call call) {
        super(head, Headers.of(head.fields()), call.reusedTimes());
        this.client = client;
        this.call = call;
        this.body = new BodyReader(call, call.remaining());
    }

    static StreamedResponse of(Httpipe client, ResponseHead head, Call call) {
        try {
            call.detectLeak(client.options().traceLeaks);
            return new StreamedResponse(client, head, call);
        } catch (RuntimeException | Error e) {
            call.abandon();
            throw e;
        }
    }

    /** {@return the body, which can be read once} If the rest of the response fails, a read of the body throws. */
    public BodyReader body() {
        return body;
    }

    /** {@return the trailer fields of a chunked body, complete once its end has been read} */
    public Headers trailers() {
        return Headers.of(call.trailers());
    }

    /**
     * {@return whether the whole request has been sent} If the response begins before the server has read the whole
     * request body, the upload goes on while the response is read, and the result is false until the upload ends. Once
     * the response has been read to its end or closed, the result is the same as for {@link Response#requestSentWhole}.
     */
    public boolean requestSentWhole() {
        return call.sentWhole();
    }

    /** {@return a pipe that sends this body as the body of the next request} */
    public Pipe pipe() {
        return new Pipe(client, this);
    }

    /**
     * Ends the response. If at most 64 KiB of the body are left and arrive within 100 ms, they are read, so that the
     * connection can be reused. Otherwise the connection is closed. A second call does nothing.
     *
     * <p>If an upload is still running, this method finishes it first, within the timeouts and the deadline of the
     * call. It reads and drops the data that the server sends during the upload and in the 2 seconds after it.
     * Otherwise the close could destroy upload data that the server has not yet received. If the upload fails, this
     * method throws nothing, but {@link #requestSentWhole} returns false. {@link #abort} does not wait for the upload.
     * To be sure that the server has received the whole request, read its response to the end.
     *
     * <p>Any thread may call this method. If another thread is reading the body, its read throws
     * {@link CancelledException}.
     */
    @Override
    public void close() {
        call.close();
    }

    /** Ends the response, and either finishes or aborts an upload that is still running. */
    void close(boolean finishUpload) {
        if (finishUpload || !call.isSending()) {
            close();
        } else {
            abort();
        }
    }

    /** Ends the response as {@link #close} does, but fails if the upload failed after a 2xx response. */
    void finish() throws HttpipeException {
        try {
            call.finish();
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /**
     * Ends the response and a running upload at once, and closes the connection. Any thread may call this method. If
     * another thread is reading the body, its read throws {@link CancelledException}. After {@link #close} this method
     * does nothing.
     */
    public void abort() {
        call.abandon();
    }
}

package io.httpipe;

import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.ResponseHead;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

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
    /** How much is read at once into memory. */
    private static final int PIECE = 1 << 14;

    /** Null for a response from memory that no client has returned yet. */
    private final @Nullable Httpipe client;

    /** Null for a response from memory. */
    private final @Nullable Call call;

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

    private StreamedResponse(
            @Nullable Httpipe client,
            @Nullable Call call,
            ResponseHead head,
            Headers headers,
            int reusedTimes,
            BodyReader body) {
        super(head, headers, reusedTimes);
        this.client = client;
        this.call = call;
        this.body = body;
    }

    /**
     * Returns a streamed response from memory, for an {@link Interceptor} that answers a request itself.
     *
     * @param response its status, headers and body
     * @return a response that holds no connection
     */
    public static StreamedResponse of(Response response) {
        Arguments.notNull("response", response);
        BodyReader body = BodyReader.of(new ByteArrayInputStream(response.body()), response.body().length);
        return new StreamedResponse(null, null, response.head(), response.headers(), 0, body);
    }

    /**
     * Replaces the status.
     *
     * @param status 200 to 999
     * @return a changed copy, which holds the same connection
     */
    public StreamedResponse withStatus(int status) {
        return new StreamedResponse(client, call, head(status), headers(), reusedTimes(), body);
    }

    /**
     * Replaces the headers.
     *
     * @param headers all headers of the changed response
     * @return a changed copy, which holds the same connection
     */
    public StreamedResponse withHeaders(Headers headers) {
        Arguments.notNull("headers", headers);
        return new StreamedResponse(client, call, head(), headers, reusedTimes(), body);
    }

    /**
     * Replaces the body, whose length is unknown then.
     *
     * {@snippet :
     * response.withBody(new GZIPInputStream(response.body())).withHeaders(response.headers().without("Content-Encoding"))
     * }
     *
     * @param body closed with the response
     * @return a changed copy, which holds the same connection
     */
    public StreamedResponse withBody(InputStream body) {
        return new StreamedResponse(client, call, head(), headers(), reusedTimes(), BodyReader.of(body));
    }

    /** {@return the body, which can be read once} If the rest of the response fails, a read of the body throws. */
    public BodyReader body() {
        return body;
    }

    /** {@return the trailer fields of a chunked body, complete once its end has been read} */
    public Headers trailers() {
        return body.trailers();
    }

    /**
     * {@return whether the whole request has been sent} If the response begins before the server has read the whole
     * request body, the upload goes on while the response is read, and the result is false until the upload ends. Once
     * the response has been read to its end or closed, the result is the same as for {@link Response#requestSentWhole}.
     */
    public boolean requestSentWhole() {
        return call == null || call.sentWhole();
    }

    /** {@return a pipe that sends this body as the body of the next request} */
    public Pipe pipe() {
        if (client == null) {
            throw new IllegalStateException("a response from memory has a pipe only once a client has returned it");
        }
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
        closeReplacedBody();
        if (call != null) {
            call.close();
        }
    }

    private void closeReplacedBody() {
        if (!body.isOf(call)) {
            try {
                body.close();
            } catch (IOException e) {
                // The response is not wanted any more, and its connection is closed below.
            }
        }
    }

    /** Passes this response to a handler, and closes it. */
    <T> T handle(Handler<T> handler) throws IOException {
        boolean handled = false;
        try {
            T result = handler.handle(this);
            handled = true;
            // An upload may fail after the handler has returned.
            finish();
            return result;
        } finally {
            close(handled);
        }
    }

    /** Ends the response, and either finishes or aborts an upload that is still running. */
    void close(boolean finishUpload) {
        if (finishUpload || call == null || !call.isSending()) {
            close();
        } else {
            abort();
        }
    }

    /** Ends the response as {@link #close} does, but fails if the upload failed after a 2xx response. */
    private void finish() throws HttpipeException {
        closeReplacedBody();
        if (call != null) {
            try {
                call.finish();
            } catch (CallFailedException e) {
                throw ErrorMapping.of(e);
            }
        }
    }

    /**
     * Ends the response and a running upload at once, and closes the connection. Any thread may call this method. If
     * another thread is reading the body, its read throws {@link CancelledException}. After {@link #close} this method
     * does nothing.
     */
    public void abort() {
        if (call != null) {
            call.abandon();
        }
    }

    /** Whether it holds a connection. */
    boolean isOpen() {
        return call != null && call.isOpen();
    }

    /** Whether it is this response, or was derived from it. */
    @SuppressWarnings("ReferenceEquality") // the same call is meant
    boolean isOf(StreamedResponse other) {
        return this == other || call != null && call == other.call;
    }

    /** This response as one of a client. */
    StreamedResponse returnedBy(Httpipe owner) {
        return client != null ? this : new StreamedResponse(owner, call, head(), headers(), reusedTimes(), body);
    }

    /** Reads the whole body into memory, and closes the response. */
    Response readWhole(long maxBodySize, Request request) throws HttpipeException {
        try (this) {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            byte[] piece = new byte[PIECE];
            for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
                if (whole.size() + (long) read > maxBodySize) {
                    throw new BodyTooLargeException(
                            "the response body has more than %d bytes; stream() it or raise maxBodySize"
                                    .formatted(maxBodySize),
                            maxBodySize,
                            facts(request));
                }
                whole.write(piece, 0, read);
            }
            return new Response(head(), headers(), whole.toByteArray(), trailers(), reusedTimes(), requestSentWhole());
        } catch (HttpipeException e) {
            throw e;
        } catch (IOException e) {
            throw new InterceptorFailedException(e, facts(request));
        }
    }

    private HttpipeException.Facts facts(Request request) {
        return new HttpipeException.Facts(Phase.RESPONSE_BODY, request.endpoint(), reusedTimes(), 0, 0, false);
    }
}

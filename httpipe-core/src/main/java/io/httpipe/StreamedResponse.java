package io.httpipe;

import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.policy.Attempt;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
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
    /** The largest number of bytes that one read brings into memory. */
    private static final int PIECE = 1 << 14;

    private static final String TOO_LARGE = "the response body has more than %d bytes; stream it or raise maxBodySize";

    /** The largest array that is created before a byte of the body has arrived. */
    private static final int FIRST_ARRAY = 1 << 16;

    /** Null for a response from memory that no client has returned yet. */
    private final @Nullable Httpipe client;

    /** Null for a response from memory. */
    private final @Nullable Call call;

    private final BodyReader body;

    /** The object that all copies of a response share: its call, or the response in memory. */
    private final Object origin;

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

    /** Returns the response of a call; {@code attempts} is null if the call has no policies. */
    static StreamedResponse of(Httpipe client, ResponseHead head, Call call, @Nullable List<Attempt> attempts) {
        try {
            call.detectLeak(client.options().traceLeaks);
            BodyReader body = new BodyReader(call, call.remaining(), attempts);
            return new StreamedResponse(
                    client, call, head, Headers.of(head.fields()), call.reusedTimes(), body, call, attempts);
        } catch (RuntimeException | Error e) {
            call.abandon();
            throw e;
        }
    }

    /** Returns this response with a body from this decoded source; unchanged if the source is null. */
    StreamedResponse decodedBy(@Nullable BodySource decoded) {
        if (decoded == null) {
            return this;
        }
        return new StreamedResponse(
                client,
                call,
                head(),
                Decoding.headers(head().fields()),
                reusedTimes(),
                new BodyReader(decoded, -1, attempts()),
                origin,
                attempts());
    }

    private StreamedResponse(
            @Nullable Httpipe client,
            @Nullable Call call,
            ResponseHead head,
            Headers headers,
            int reusedTimes,
            BodyReader body,
            Object origin,
            @Nullable List<Attempt> attempts) {
        super(head, headers, reusedTimes, attempts);
        this.client = client;
        this.call = call;
        this.body = body;
        this.origin = origin;
    }

    /**
     * Returns a streamed response from memory, for an {@link Interceptor} that answers a request itself.
     *
     * @param response its status, headers and body
     * @return a response that holds no connection
     */
    public static StreamedResponse of(Response response) {
        Arguments.notNull("response", response);
        InputStream in = new ByteArrayInputStream(response.body());
        BodyReader body =
                new BodyReader(new ReplacedBody(in, null, response.trailers().fields()), response.body().length);
        return new StreamedResponse(
                null,
                null,
                response.head(),
                response.headers(),
                response.reusedTimes(),
                body,
                response,
                response.attempts());
    }

    /**
     * Replaces the status.
     *
     * @param status 200 to 999
     * @return a changed copy, which holds the same connection
     */
    public StreamedResponse withStatus(int status) {
        return new StreamedResponse(client, call, head(status), headers(), reusedTimes(), body, origin, attempts());
    }

    /**
     * Replaces the headers.
     *
     * @param headers all headers of the changed response
     * @return a changed copy, which holds the same connection
     */
    public StreamedResponse withHeaders(Headers headers) {
        Arguments.notNull("headers", headers);
        return new StreamedResponse(client, call, head(), headers, reusedTimes(), body, origin, attempts());
    }

    /**
     * Replaces the body. The length of the new body is unknown, unless it is a {@link BodyReader} that knows it.
     *
     * {@snippet :
     * response.withBody(new GZIPInputStream(response.body()))
     *         .withHeaders(response.headers().without("Content-Encoding"));
     * }
     *
     * @param body closed with the response; readers get its exceptions unchanged
     * @return a changed copy, which holds the same connection
     */
    public StreamedResponse withBody(InputStream body) {
        Arguments.notNull("body", body);
        long length = body instanceof BodyReader reader ? reader.remaining() : -1;
        BodyReader replaced = new BodyReader(new ReplacedBody(body, this.body, FieldLines.EMPTY), length);
        return new StreamedResponse(client, call, head(), headers(), reusedTimes(), replaced, origin, attempts());
    }

    /** {@return the body, which can be read once} If the rest of the response fails, a read of the body throws. */
    public BodyReader body() {
        return body;
    }

    /**
     * Reads the rest of the body as text, and closes the response. The charset is that of {@link Response#text}.
     *
     * @return the text
     * @throws BodyTooLargeException if the body is larger than {@link Request#maxBodySize}, or, if that is not set,
     *                               than the client's {@link Limits#maxBodySize}
     * @throws IOException           if the body cannot be read to its end
     * @throws IllegalStateException if the body has a {@code Content-Encoding}, as for {@link Response#text}
     */
    public String text() throws IOException {
        long own = call == null ? Long.MAX_VALUE : call.maxBodySize();
        return readWhole(own == Long.MAX_VALUE ? limits().maxBodySize() : own).text();
    }

    /**
     * {@return the server-sent events of the body, in one pass} Each event is returned as soon as it has arrived.
     * Neither the status nor {@code Content-Type} is checked. {@link Httpipe#events} does that, and connects again.
     *
     * {@snippet :
     * try (StreamedResponse response = hp.stream(Request.post(uri).body(prompt)).orThrow()) {
     *     for (ServerSentEvent event : response.events()) {
     *         System.out.print(event.data());
     *     }
     * }
     * }
     *
     * @throws IllegalStateException if the body has a {@code Content-Encoding}, as for {@link Response#text}
     */
    public ServerSentEvents events() {
        requireDecoded("events()");
        return ServerSentEvents.of(this);
    }

    /**
     * {@return the lines of the body, in one pass} Each line is returned without its line end, as soon as that LF or CR
     * LF has arrived. A last line without a line end is returned too, unless it is empty. The charset is UTF-8.
     *
     * {@snippet :
     * for (String line : response.lines()) {
     *     process(json.readTree(line));
     * }
     * }
     *
     * <p>If a line does not fit into {@link Limits#eventBytes}, or if the body cannot be read to its end, the iterator
     * throws an {@link java.io.UncheckedIOException}. Its cause is usually an {@link HttpipeException}.
     *
     * @throws IllegalStateException if the body has a {@code Content-Encoding}, as for {@link Response#text}
     */
    public Iterable<String> lines() {
        requireDecoded("lines()");
        return new OnePass<>(new LineReader(this, limits().eventBytes())::next)::iterator;
    }

    /**
     * Saves the rest of the body as a file, and closes the response. Unlike {@link Httpipe#download}, this method does
     * not continue after a lost connection, because the body may be decoded, changed or read in part.
     *
     * {@snippet :
     * hp.stream(Request.post(uri).body(query)).orThrow().saveTo(Path.of("report.pdf"));
     * }
     *
     * <p>The bytes are written to another file in the same folder. That file is moved into place when its bytes are on
     * the disk. If anything fails, it is removed, and the target stays as it was. The hash values of
     * {@code Content-Digest} and {@code Repr-Digest} are checked if present (RFC 9530, SHA-256 and SHA-512), unless the
     * body has been replaced or read in part, the request was HEAD, or the status is 204 or 304. For a 206, only
     * {@code Content-Digest} is checked. For a decoded body, only hash values in the headers are checked, against the
     * encoded bytes.
     *
     * @param target replaced if it is a file; a symbolic link to a file is replaced, not that file
     * @return the number of bytes
     * @throws MalformedResponseException if a hash value does not match
     * @throws IOException                if the body cannot be read to its end, or if the file cannot be written
     */
    public long saveTo(Path target) throws IOException {
        return Download.save(this, target, null);
    }

    /**
     * {@return the number of bytes, as for {@link #saveTo(Path)}}
     *
     * @param target   replaced if it is a file
     * @param listener receives the progress
     * @throws IOException as for {@link #saveTo(Path)}
     */
    public long saveTo(Path target, Progress.Listener listener) throws IOException {
        return Download.save(this, target, Arguments.notNull("listener", listener));
    }

    /** Returns this response as a value without a body. */
    Response withoutBody() {
        return new Response(
                head(), headers(), new byte[0], trailers(), reusedTimes(), requestSentWhole(), request(), attempts());
    }

    CancelledException interrupted() {
        return CancelledException.interrupted(bodyFacts(), new ClosedByInterruptException());
    }

    /** The limits of the client. */
    Limits limits() {
        return client == null ? Limits.DEFAULT : client.options().limits;
    }

    /**
     * {@return this response, if its status is 200 to 299} For any other status, this method waits at most two seconds
     * for the start of the body, and closes the response.
     *
     * {@snippet :
     * long size = hp.stream(Request.get(uri), response -> response.orThrow().body().transferTo(out));
     * }
     *
     * @throws StatusException  for any other status
     * @throws HttpipeException if the call is cancelled during that wait
     */
    public StreamedResponse orThrow() throws HttpipeException {
        if (isSuccessful()) {
            return this;
        }
        throw asFailure();
    }

    /** Returns the exception for a status that is not expected, and closes the response. */
    StatusException asFailure() throws CancelledException {
        byte[] start = StatusException.startOfBody(this);
        Response response = new Response(
                head(), headers(), start, trailers(), reusedTimes(), requestSentWhole(), request(), attempts());
        return new StatusException(response, request());
    }

    /** The request that the response answers; null for a response from memory. */
    @Nullable
    Outgoing request() {
        return call == null ? null : call.request();
    }

    /** {@return the trailer fields of a chunked body, complete after its end has been read} */
    public Headers trailers() {
        return body.trailers();
    }

    /**
     * {@return whether the whole request has been sent} A 2xx response may begin before the whole request has been
     * sent. The upload then continues while the response is read, and the result is false until the upload ends. After
     * the response has been read to its end or closed, the result is the same as for {@link Response#requestSentWhole}.
     */
    public boolean requestSentWhole() {
        if (call != null) {
            return call.sentWhole();
        }
        return !(origin instanceof Response response) || response.requestSentWhole();
    }

    /** The body as the server sent it, if it is decoded and nothing has been read; otherwise {@link #body}. */
    BodyReader encodedBody() {
        BodySource encoded = body.source().encoded();
        return encoded == null || call == null ? body : new BodyReader(encoded, call.remaining(), attempts());
    }

    /** {@return a pipe that sends this body as the body of the next request} */
    public Pipe pipe() {
        if (client == null) {
            throw new IllegalStateException("a response from memory has a pipe only after a client has returned it");
        }
        return new Pipe(client, this);
    }

    /**
     * Ends the response. If at most 64 KiB of the body are left and arrive within 100 ms, they are read, so that the
     * connection can be reused. Otherwise the connection is closed. After this method has returned, a second call does
     * nothing.
     *
     * <p>If an upload is still running, this method finishes it first, within the timeouts and the deadline of the
     * call. It reads and drops the data that the server sends during the upload and in the 2 seconds after it.
     * Otherwise the close could destroy upload data that the server has not yet received. If the upload fails, this
     * method throws nothing, but {@link #requestSentWhole} returns false. {@link #abort} does not wait for the upload.
     * To be sure that the server has received the whole request, read its response to the end.
     *
     * <p>Any thread may call this method. If another thread is reading the body or closing the response, this method
     * acts like {@link #abort}: a read throws {@link CancelledException}, and the upload ends.
     */
    @Override
    public void close() {
        try {
            closeBody();
        } finally {
            if (call != null) {
                call.close();
            }
        }
    }

    private void closeBody() {
        try {
            body.close();
        } catch (IOException e) {
            // The rest of the response is not wanted.
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
        if (finishUpload || !isSending()) {
            close();
        } else {
            abort();
        }
    }

    /** Ends the response as {@link #close} does, but fails if the upload failed after a 2xx response. */
    private void finish() throws HttpipeException {
        closeBody();
        if (call != null) {
            try {
                call.finish();
            } catch (CallFailedException e) {
                throw ErrorMapping.of(e, attempts());
            }
        }
    }

    /**
     * Ends the response and a running upload at once, and closes the connection. Any thread may call this method. If
     * another thread is reading the body, its read throws {@link CancelledException}. After {@link #close} has
     * returned, this method does nothing.
     */
    public void abort() {
        if (call != null) {
            call.abandon();
        }
        closeBody();
    }

    /** Whether the request is still being sent. */
    boolean isSending() {
        return call != null && call.isSending();
    }

    /** Whether this response holds a connection. */
    boolean isOpen() {
        return call != null && call.isOpen();
    }

    /** Whether one response is a changed copy of the other, or both are the same. */
    @SuppressWarnings("ReferenceEquality") // the same origin is meant
    boolean isOf(StreamedResponse other) {
        return origin == other.origin;
    }

    /** This response, with the client that returns it. */
    StreamedResponse returnedBy(Httpipe owner) {
        return client != null
                ? this
                : new StreamedResponse(owner, call, head(), headers(), reusedTimes(), body, origin, attempts());
    }

    /** Reads the whole body into memory, and closes the response. */
    Response readWhole(long maxBodySize) throws IOException {
        boolean complete = false;
        try {
            long limit = Math.min(maxBodySize, CallFactory.LARGEST_ARRAY);
            if (body.length() > limit) {
                throw tooLarge(TOO_LARGE, limit);
            }
            ByteArrayOutputStream whole = new ByteArrayOutputStream(Math.clamp(body.length(), 0, FIRST_ARRAY));
            byte[] piece = new byte[PIECE];
            InputStream in = body.oneOperation();
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                if (whole.size() + (long) read > limit) {
                    throw tooLarge(TOO_LARGE, limit);
                }
                whole.write(piece, 0, read);
            }
            complete = true;
            // A replaced body can end before the one that the call receives, and an upload may still be running.
            finish();
            return new Response(
                    head(),
                    headers(),
                    whole.toByteArray(),
                    trailers(),
                    reusedTimes(),
                    requestSentWhole(),
                    request(),
                    attempts());
        } finally {
            close(complete);
        }
    }

    HttpipeException tooLarge(String message, long limit) {
        return new BodyTooLargeException(message.formatted(limit), limit, bodyFacts()).after(attemptsOrNone());
    }

    /** Returns the exception for content that its format does not allow, and closes the connection. */
    HttpipeException malformed(MalformedException error) {
        abort();
        return new MalformedResponseException(String.valueOf(error.getMessage()), bodyFacts(), error)
                .after(attemptsOrNone());
    }

    private HttpipeException.Facts bodyFacts() {
        return HttpipeException.Facts.ofResponse(Phase.RESPONSE_BODY, request(), reusedTimes());
    }
}

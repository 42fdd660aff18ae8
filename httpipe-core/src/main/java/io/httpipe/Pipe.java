package io.httpipe;

import io.httpipe.internal.call.ManagedHeaders;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sends the body of a streamed response as the body of another request.
 *
 * {@snippet :
 * try (StreamedResponse source = hp.stream(Request.get("http://a/original"))) {
 *     Response stored = source.pipe().request(Request.put("http://b/copy"));
 * }
 * }
 *
 * <p>If the request has trailers of its own, the body is sent in chunks, followed by these trailers. Otherwise, if the
 * length of the source is known, {@code Content-Length} is the number of bytes that are left to read. If the length is
 * unknown, the body is sent in chunks, followed by the trailers of the source. Trailers of the source about routing or
 * caching, such as {@code Forwarded}, are dropped, because only the sender of a request may set them. A source without
 * a body (the response to a HEAD, a 204, a 304) becomes an empty body.
 *
 * <p>If the source is {@linkplain Decoding decoded} and nothing has been read from its body, the pipe sends the encoded
 * bytes, with the {@code Content-Encoding} and the length of the source. After {@link #decoded}, or if a part of the
 * body has been read, it sends decoded bytes. If the body was replaced, it sends the new body.
 *
 * <p>The bytes are sent as they arrive, and a slow connection slows down the other one. So the memory use does not
 * depend on the length of the body. Pipes can be chained: the response of {@link #stream(Request)} has a pipe of its
 * own.
 *
 * <p>The source is closed when the call ends, whether it succeeds or fails. If the destination fails, its exception is
 * thrown. If the source fails, {@link RequestBodyException} is thrown, and its cause is the failure of the source. Only
 * one thread at a time may use a pipe.
 */
public final class Pipe {
    private final Httpipe client;
    private final StreamedResponse source;
    private final @Nullable Timeouts timeouts;
    private final boolean decoded;

    Pipe(Httpipe client, StreamedResponse source) {
        this(client, source, null, false);
    }

    private Pipe(Httpipe client, StreamedResponse source, @Nullable Timeouts timeouts, boolean decoded) {
        this.client = client;
        this.source = source;
        this.timeouts = timeouts;
        this.decoded = decoded;
    }

    /**
     * {@return a copy with these timeouts for the request, instead of the client's} {@link Request#timeouts} takes
     * precedence.
     *
     * @param timeouts the timeouts of all steps
     */
    public Pipe timeouts(Timeouts timeouts) {
        return new Pipe(client, source, Arguments.notNull("timeouts", timeouts), decoded);
    }

    /** {@return a copy that sends the decoded body, if the source is decoded} */
    public Pipe decoded() {
        return new Pipe(client, source, timeouts, true);
    }

    /**
     * Sends a request with the source's body and reads the whole response.
     *
     * @param request without a body
     * @return the whole response, whatever its status
     * @throws HttpipeException         if no complete response arrived
     * @throws IllegalArgumentException if the request has a body, is a TRACE, or uses HTTP/1.0 although it has
     *                                  trailers or the length of the source is unknown
     */
    public Response request(Request request) throws HttpipeException {
        try (source) {
            return client.request(piped(request));
        }
    }

    /**
     * Sends a request with the source's body and returns a streamed response when the response head has arrived. The
     * source is closed when the upload ends. That may be after this method has returned.
     *
     * @param request without a body
     * @return the response; close it
     * @throws HttpipeException         if no response head arrived
     * @throws IllegalArgumentException as for {@link #request(Request)}
     */
    public StreamedResponse stream(Request request) throws HttpipeException {
        boolean sending = false;
        try {
            Request piped = piped(request);
            StreamedResponse response = client.stream(piped);
            // An upload closes the source at its end. An interceptor may have answered without an upload.
            sending = response.isSending()
                    || Objects.requireNonNull(piped.outgoing().body()).isUsed();
            return response;
        } finally {
            if (!sending) {
                source.close();
            }
        }
    }

    /**
     * Sends a request with the source's body, passes the streamed response to a handler, and closes the response.
     *
     * @param <T>     the handler's result
     * @param request without a body
     * @param handler called once, on this thread, when the response head has arrived; must not keep the response
     * @return what the handler returns
     * @throws HttpipeException         if no response head arrived, if the body failed while the handler read it, or if
     *                                  the upload failed after a 2xx response that did not close the connection
     * @throws IOException              any other exception of the handler
     * @throws IllegalArgumentException as for {@link #request(Request)}
     */
    public <T> T stream(Request request, StreamedResponse.Handler<T> handler) throws IOException {
        try (source) {
            return client.stream(piped(request), handler);
        }
    }

    private Request piped(Request request) {
        Outgoing outgoing = Arguments.notNull("request", request).outgoing();
        if (outgoing.body() != null) {
            throw new IllegalArgumentException("request: it has a body, but the body comes from the pipe");
        }
        BodyReader body = decoded ? source.body() : source.encodedBody();
        Request piped = request.body(Body.closing(body));
        if (!body.equals(source.body())) {
            piped = withCoding(piped);
        }
        if (body.length() < 0 && !outgoing.http10() && !outgoing.hasTrailers()) {
            piped = piped.trailers(
                    () -> Headers.of(ManagedHeaders.pipedTrailers(body.source().trailers())));
        }
        return timeouts == null || outgoing.limits() != null ? piped : piped.timeouts(timeouts);
    }

    /** Adds the Content-Encoding of the source, unless the caller has set or removed this header. */
    private Request withCoding(Request request) {
        String name = "Content-Encoding";
        RequestFields given = request.outgoing().requestFields();
        if (given.lines().contains(name) || given.suppressed().contains(name)) {
            return request;
        }
        return request.header(name, source.wireHeaders().all(name).toArray(new String[0]));
    }
}

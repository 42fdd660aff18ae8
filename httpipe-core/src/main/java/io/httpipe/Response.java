package io.httpipe;

import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.policy.Attempt;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Parameters;
import io.httpipe.internal.wire.ResponseHead;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole response with its body in memory. There is nothing to close.
 *
 * {@snippet :
 * Response response = hp.get("http://127.0.0.1:9090/echo");
 * if (response.status() == 200) {
 *     System.out.println(response.text());
 * }
 * }
 *
 * <p>{@link Request#maxBodySize} or {@link Limits#maxBodySize} limits the size of the body. Thread-safe as long as no
 * thread changes the array that {@link #body} returns.
 */
public final class Response extends AbstractResponse {
    private final byte[] body;
    private final Headers trailers;
    private final boolean requestSentWhole;

    /** The request that the response answers; null for a response from memory. */
    private final @Nullable Outgoing request;

    Response(
            ResponseHead head,
            Headers headers,
            byte[] body,
            Headers trailers,
            int reusedTimes,
            boolean requestSentWhole,
            @Nullable Outgoing request,
            @Nullable List<Attempt> attempts) {
        super(head, headers, reusedTimes, attempts);
        this.body = body;
        this.trailers = trailers;
        this.requestSentWhole = requestSentWhole;
        this.request = request;
    }

    /** Creates the response of an {@link Exchange}, or one from memory. */
    Response(
            ResponseHead head,
            Headers headers,
            byte[] body,
            Headers trailers,
            int reusedTimes,
            boolean requestSentWhole,
            @Nullable List<Attempt> attempts) {
        this(head, headers, body, trailers, reusedTimes, requestSentWhole, null, attempts);
    }

    /** Returns the response of a call; {@code attempts} is null if the call had no policies. */
    static Response of(ResponseHead head, byte[] body, Call call, @Nullable List<Attempt> attempts) {
        return of(head, Headers.of(head.fields()), body, call, attempts);
    }

    /** Returns the response of a call with other headers than those of its head. */
    static Response of(ResponseHead head, Headers headers, byte[] body, Call call, @Nullable List<Attempt> attempts) {
        Headers trailers = Headers.of(call.trailers());
        return new Response(
                head, headers, body, trailers, call.reusedTimes(), call.sentWhole(), call.request(), attempts);
    }

    /**
     * Returns a response with this status and nothing else, for an {@link Interceptor} or a test.
     *
     * {@snippet :
     * Response.of(503).withHeader("Retry-After", "1").withBody("try again");
     * }
     *
     * @param status 200 to 999
     * @return the response
     */
    public static Response of(int status) {
        Response ok = new Response(
                new ResponseHead(1, 200, "", FieldLines.EMPTY),
                Headers.EMPTY,
                new byte[0],
                Headers.EMPTY,
                0,
                true,
                null);
        return ok.withStatus(status);
    }

    /**
     * Replaces the status.
     *
     * @param status 200 to 999
     * @return a changed copy
     */
    public Response withStatus(int status) {
        return new Response(
                head(status), headers(), body, trailers, reusedTimes(), requestSentWhole, request, attempts());
    }

    /**
     * Replaces a header: one line for each value.
     *
     * @param name   in upper or lower case
     * @param values in ISO 8859-1; spaces around them are removed
     * @return a changed copy
     */
    public Response withHeader(String name, String... values) {
        return withHeaders(headers().with(name, values));
    }

    /**
     * Replaces the headers.
     *
     * @param headers all headers of the changed response
     * @return a changed copy
     */
    public Response withHeaders(Headers headers) {
        Arguments.notNull("headers", headers);
        return new Response(head(), headers, body, trailers, reusedTimes(), requestSentWhole, request, attempts());
    }

    /**
     * Replaces the body.
     *
     * @param bytes not copied
     * @return a changed copy
     */
    public Response withBody(byte[] bytes) {
        Arguments.notNull("bytes", bytes);
        return new Response(head(), headers(), bytes, trailers, reusedTimes(), requestSentWhole, request, attempts());
    }

    /**
     * Replaces the body with this text, encoded as UTF-8.
     *
     * @param text may be empty
     * @return a changed copy
     */
    public Response withBody(String text) {
        return withBody(Arguments.notNull("text", text).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces the trailer fields.
     *
     * @param trailers may be empty
     * @return a changed copy
     */
    public Response withTrailers(Headers trailers) {
        Arguments.notNull("trailers", trailers);
        return new Response(head(), headers(), body, trailers, reusedTimes(), requestSentWhole, request, attempts());
    }

    /**
     * {@return this response, if its status is 200 to 299}
     *
     * {@snippet :
     * User user = json.readValue(hp.get(uri).orThrow().body(), User.class);
     * }
     *
     * @throws StatusException for any other status
     */
    public Response orThrow() throws StatusException {
        if (isSuccessful()) {
            return this;
        }
        boolean whole = body.length <= StatusException.MAX_BODY;
        throw new StatusException(whole ? this : withBody(Arrays.copyOf(body, StatusException.MAX_BODY)), request);
    }

    /** {@return the bytes of the body; empty if there was no body} Each call returns the same array, not a copy. */
    public byte[] body() {
        return body;
    }

    /**
     * {@return the body as text} Each call decodes the body with the charset of {@code Content-Type}. If no charset is
     * given, or this JVM does not support it, the charset is UTF-8.
     *
     * @throws IllegalStateException if the body has a {@code Content-Encoding}, such as gzip (RFC 9110, section 8.4).
     *                               Only {@link Decoding} decodes such a body; {@link #body} returns the encoded bytes
     */
    public String text() {
        if (body.length > 0) {
            requireDecoded("text()");
        }
        return new String(body, charset(headers().first("Content-Type")));
    }

    /** {@return the trailer fields of a chunked body; empty if there were none} */
    public Headers trailers() {
        return trailers;
    }

    /**
     * {@return whether the whole request was sent} The result is false if the server ended the upload early: with a
     * final status of 300 or more, with 101, with a complete 2xx response that closes the connection, or with a final
     * status instead of 100 Continue.
     */
    public boolean requestSentWhole() {
        return requestSentWhole;
    }

    /** RFC 9110, section 8.3.2. UTF-8 replaces a charset that this JVM does not support. */
    private static Charset charset(@Nullable String contentType) {
        String name = contentType == null ? null : Parameters.find(contentType, ';', "charset");
        try {
            return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return StandardCharsets.UTF_8;
        }
    }
}

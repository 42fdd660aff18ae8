package io.httpipe.test;

import io.httpipe.Body;
import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Clients for tests that need no server.
 *
 * {@snippet :
 * Httpipe hp = HttpipeTest.answering(request -> Response.of(200).withBody("hello"));
 * assertEquals("hello", hp.get("http://api.test/greeting").text());
 * }
 *
 * <p>{@link FakeServer} also keeps the requests, and {@link Failures} makes the exceptions of a client.
 */
public final class HttpipeTest {
    private HttpipeTest() {}

    /**
     * {@return a client that returns the responses of a function} Nothing is sent. {@link FakeServer} says which
     * features of the client do not apply.
     *
     * @param answer called for each request, on the thread that makes the call
     */
    public static Httpipe answering(FakeServer.Answer answer) {
        return FakeServer.answering(answer).client();
    }

    /**
     * {@return a client that gets these answers in order, each one time} A call for which no answer is left throws an
     * {@link IllegalStateException}.
     *
     * @param answers in the order of the requests
     */
    public static Httpipe answering(Response... answers) {
        return FakeServer.answering(answers).client();
    }

    /**
     * {@return a client that returns the streamed responses of a function}
     *
     * {@snippet :
     * Httpipe hp = HttpipeTest.streaming(request ->
     *         Failures.of(request).cutAfter(Response.of(200).withBody("0123456789"), 5));
     * }
     *
     * @param answer called for each request, on the thread that makes the call
     */
    public static Httpipe streaming(FakeServer.StreamedAnswer answer) {
        return FakeServer.streaming(answer).client();
    }

    /**
     * {@return a streamed response whose body fails in the middle}
     *
     * @param response its status, headers and body
     * @param bytes    how many bytes of the body can be read before the failure, 0 to the size of the body
     * @param failure  what the read throws, such as an exception of {@link Failures}
     * @throws IllegalArgumentException if {@code bytes} is negative, or larger than the size of the body
     */
    public static StreamedResponse failingAfter(Response response, int bytes, IOException failure) {
        if (bytes < 0 || bytes > response.body().length) {
            throw new IllegalArgumentException(
                    "bytes: %d is not within 0 to %d, the size of the body".formatted(bytes, response.body().length));
        }
        return StreamedResponse.of(response).withBody(new FailingStream(response.body(), bytes, failure));
    }

    /**
     * {@return the body of a request; empty if it has none}
     *
     * @param request a request that a fake has received, or any other. If its body can be sent only once, it counts as
     *                sent after this call
     * @throws UncheckedIOException if the source of the body fails
     */
    public static byte[] body(Request request) {
        try {
            return bytes(request.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * {@return the body of a request as UTF-8 text; empty if it has none}
     *
     * @param request as for {@link #body}
     * @throws UncheckedIOException if the source of the body fails
     */
    public static String text(Request request) {
        return new String(body(request), StandardCharsets.UTF_8);
    }

    /** Returns a copy of the request with its body in memory. Reads the body as the client does to send it. */
    static Request withBodyInMemory(Request request) throws IOException {
        if (request.body() == null) {
            return request;
        }
        try {
            // A body of bytes has no Content-Type and Content-Encoding of its own, so the copy gets them as headers.
            Request copy = request.body(bytes(request.body()));
            for (Map.Entry<String, String> field : request.bodyHeaders()) {
                copy = copy.addHeader(field.getKey(), field.getValue());
            }
            return copy;
        } catch (IOException e) {
            throw new RequestBodyException(e, Failures.of(request).facts(Phase.SEND, false));
        }
    }

    private static byte[] bytes(@Nullable Body body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (body != null) {
            body.writeTo(bytes);
        }
        return bytes.toByteArray();
    }
}

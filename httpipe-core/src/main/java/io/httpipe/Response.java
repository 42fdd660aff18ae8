package io.httpipe;

import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.Parameters;
import io.httpipe.internal.wire.ResponseHead;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
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

    Response(
            ResponseHead head,
            Headers headers,
            byte[] body,
            Headers trailers,
            int reusedTimes,
            boolean requestSentWhole) {
        super(head, headers, reusedTimes);
        this.body = body;
        this.trailers = trailers;
        this.requestSentWhole = requestSentWhole;
    }

    /** {@return the bytes of the body; empty if there was no body} Each call returns the same array, not a copy. */
    public byte[] body() {
        return body;
    }

    /**
     * {@return the body as text} Each call decodes the body with the charset of {@code Content-Type}, or with UTF-8 if
     * there is none.
     *
     * @throws IllegalStateException if the body has a {@code Content-Encoding}, such as gzip (RFC 9110, section 8.4).
     *                               The client does not decode it; {@link #body} returns the encoded bytes
     */
    public String text() {
        for (String coding : headers().all("Content-Encoding")) {
            if (body.length > 0 && !coding.isEmpty() && !coding.equalsIgnoreCase("identity")) {
                throw new IllegalStateException(
                        "the body has Content-Encoding: %s, which text() does not decode; body() gives its bytes"
                                .formatted(Ascii.quote(coding)));
            }
        }
        return new String(body, charset(headers().first("Content-Type")));
    }

    /** {@return the trailer fields of a chunked body; empty if there were none} */
    public Headers trailers() {
        return trailers;
    }

    /**
     * {@return whether the whole request was sent} The result is false if the server ended the upload early: with a
     * final status of 300 or more, with a complete 2xx response that closes the connection, or with a final status
     * instead of 100 Continue.
     */
    public boolean requestSentWhole() {
        return requestSentWhole;
    }

    /** RFC 9110, section 8.3.2. UTF-8 replaces a charset that this JVM does not have. */
    private static Charset charset(@Nullable String contentType) {
        String name = contentType == null ? null : Parameters.find(contentType, ';', "charset");
        try {
            return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return StandardCharsets.UTF_8;
        }
    }
}

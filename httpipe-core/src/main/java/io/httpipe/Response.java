package io.httpipe;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import org.jspecify.annotations.Nullable;

/**
 * A whole response, its body in memory: a plain value with nothing to close.
 *
 * {@snippet :
 * Response response = hp.get("http://127.0.0.1:9090/echo");
 * if (response.status() == 200) {
 *     System.out.println(response.text());
 * }
 * }
 *
 * <p>No status is an error: 404 and 500 are responses like any other. How large the body may be is set by
 * {@link Request#maxSize} or {@link Limits#bodyBytes}.
 */
public final class Response {
    private final int status;
    private final String reason;
    private final Version version;
    private final Headers headers;
    private final byte[] body;
    private final Headers trailers;
    private final int reusedTimes;

    Response(
            int status,
            String reason,
            Version version,
            Headers headers,
            byte[] body,
            Headers trailers,
            int reusedTimes) {
        this.status = status;
        this.reason = reason;
        this.version = version;
        this.headers = headers;
        this.body = body;
        this.trailers = trailers;
        this.reusedTimes = reusedTimes;
    }

    /** The status code, 100 to 999. */
    public int status() {
        return status;
    }

    /** The reason phrase, perhaps empty; it means nothing (RFC 9112, section 4). */
    public String reason() {
        return reason;
    }

    /** The version in the status line. */
    public Version version() {
        return version;
    }

    /** The field lines of the head. */
    public Headers headers() {
        return headers;
    }

    /** The body, empty if there was none. The array is the response's own and is not copied. */
    public byte[] body() {
        return body;
    }

    /** The body as text, in the charset that {@code Content-Type} names, else UTF-8. */
    public String text() {
        return new String(body, charset(headers.first("Content-Type")));
    }

    /** The trailer fields of a chunked body. */
    public Headers trailers() {
        return trailers;
    }

    /** How often the connection had been used before; 0 for a fresh one. */
    public int reusedTimes() {
        return reusedTimes;
    }

    /** The status line. */
    @Override
    public String toString() {
        return "%s %d %s".formatted(version, status, reason);
    }

    /** RFC 9110, section 8.3.2; a charset that this JVM does not have is as good as none. */
    private static Charset charset(@Nullable String contentType) {
        String[] parameters = contentType == null ? new String[0] : contentType.split(";", -1);
        for (String parameter : parameters) {
            String[] pair = parameter.split("=", 2);
            if (pair.length == 2 && pair[0].strip().equalsIgnoreCase("charset")) {
                try {
                    return Charset.forName(pair[1].strip().replace("\"", ""));
                } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
                    return StandardCharsets.UTF_8;
                }
            }
        }
        return StandardCharsets.UTF_8;
    }
}

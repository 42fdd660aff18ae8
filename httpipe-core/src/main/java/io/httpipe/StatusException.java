package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A response has an unexpected status. {@link Response#orThrow} and {@link StreamedResponse#orThrow} throw this
 * exception for every status other than 200 to 299. {@link Httpipe#download} and {@link Httpipe#events} throw it for a
 * status that they cannot use.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).orThrow().text();
 * } catch (StatusException e) {
 *     return e.status() == 404 ? "" : fallback(e.response().text());
 * }
 * }
 *
 * <p>The message has the status, the method and the URI without its query. {@link #safeToRetry} is false, because the
 * server has answered. {@link Retries} can send a request again after some statuses. {@link #bytesSent} and
 * {@link #bytesReceived} are 0, because a response does not keep them.
 */
public final class StatusException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The largest number of bytes of a body that are kept. */
    static final int MAX_BODY = 8192;

    /** How long to wait for the start of a body, in nanoseconds. */
    private static final long ERROR_BODY_WAIT = 2_000_000_000;

    private final transient Response response;

    /**
     * Creates an exception, for a test or an {@link Interceptor}. {@link Response#orThrow} throws one.
     *
     * @param response the response with the status
     * @param request  the request that the response answers
     */
    public StatusException(Response response, Request request) {
        this(
                Arguments.notNull("response", response),
                Arguments.notNull("request", request).outgoing());
    }

    /** Keeps the whole body. The methods of the client cut it to {@link #MAX_BODY} bytes before they call this. */
    StatusException(Response response, @Nullable Outgoing request) {
        super(Facts.ofResponse(Phase.RESPONSE_HEAD, request, response.reusedTimes()), message(response, request));
        this.response = response;
        after(response.attemptsOrNone());
    }

    /** Reads the start of the body, as far as it arrives within {@link #ERROR_BODY_WAIT}, and closes the response. */
    static byte[] startOfBody(StreamedResponse response) throws CancelledException {
        byte[] start = new byte[MAX_BODY];
        int count = 0;
        BodyReader body = response.body();
        InputStream in = body.oneOperation();
        body.source().readBy(NanoClock.after(ERROR_BODY_WAIT));
        try {
            int read = 0;
            while (read >= 0 && count < start.length) {
                count += read;
                read = in.read(start, count, start.length - count);
            }
        } catch (CancelledException e) {
            throw e;
        } catch (IOException e) {
            // The status is the failure to report. The bytes that have arrived are kept.
        } finally {
            response.close();
        }
        return Arrays.copyOf(start, count);
    }

    private static String message(Response response, @Nullable Outgoing request) {
        return request == null
                ? "status " + response.status()
                : "status %d for %s".formatted(response.status(), request);
    }

    /** {@return the status of the response} */
    public int status() {
        return response.status();
    }

    /** {@return the response, with the bytes that had arrived of the first 8 KiB of its body} */
    public Response response() {
        return response;
    }
}

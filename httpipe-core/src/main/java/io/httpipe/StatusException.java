package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * {@link Response#orThrow} or {@link StreamedResponse#orThrow} met a status other than 200 to 299.
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
 * server has answered; {@link Retries} try again after some statuses.
 */
public final class StatusException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** How many bytes of a body are kept. */
    static final int MAX_BODY = 8192;

    private final transient Response response;

    /** The response must not have a longer body than {@link #MAX_BODY}. */
    StatusException(Response response, @Nullable Outgoing request) {
        super(facts(response, request), message(response, request));
        this.response = response;
        after(response.attemptsOrNone());
    }

    private static Facts facts(Response response, @Nullable Outgoing request) {
        Endpoint endpoint = request == null ? Endpoint.of("localhost", 80) : Endpoint.of(request.address());
        return new Facts(Phase.RESPONSE_HEAD, endpoint, response.reusedTimes(), 0, 0, false);
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

    /** {@return the response, with the first 8 KiB of its body, or what had arrived of them} */
    public Response response() {
        return response;
    }
}

package io.httpipe;

import java.io.Serial;

/**
 * The response is malformed or ambiguous, or exceeds one of the {@link Limits}.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (MalformedResponseException e) {
 *     log.error("{} does not send valid HTTP: {}", e.endpoint(), e.getMessage());
 *     throw e;
 * }
 * }
 *
 * <p>{@link #safeToRetry} is false.
 */
public final class MalformedResponseException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    MalformedResponseException(String description, Facts facts, Throwable cause) {
        super(description, facts.withoutRetry(), cause);
    }
}

package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The response is malformed or ambiguous, or exceeds one of the {@link Limits} other than {@code maxBodySize} and
 * {@code maxRatio}.
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

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public MalformedResponseException(String description, Facts facts, @Nullable Throwable cause) {
        super(description, facts.withoutRetry(), cause);
    }
}

package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The connection was closed or reset before the response was complete (RFC 9112, section 8).
 *
 * {@snippet :
 * try {
 *     return hp.request(request);
 * } catch (ConnectionLostException e) {
 *     if (e.safeToRetry()) {
 *         return hp.request(request);
 *     }
 *     throw e;
 * }
 * }
 */
public final class ConnectionLostException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public ConnectionLostException(String description, Facts facts, @Nullable Throwable cause) {
        super(description, facts, cause);
    }
}

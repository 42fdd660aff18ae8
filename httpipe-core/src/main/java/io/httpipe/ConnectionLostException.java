package io.httpipe;

import java.io.Serial;

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

    ConnectionLostException(String description, Facts facts, Throwable cause) {
        super(description, facts, cause);
    }
}

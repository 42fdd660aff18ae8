package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The TLS handshake failed, or TLS failed later. For example, the certificate is not trusted or does not match the
 * name, or the two sides have no protocol version in common.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (TlsFailedException e) {
 *     log.error("check the certificate of {}: {}", e.endpoint(), e.getMessage());
 *     throw e;
 * }
 * }
 *
 * <p>{@link #safeToRetry} is false unless the connection was cut during the handshake.
 */
public final class TlsFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public TlsFailedException(String description, Facts facts, @Nullable Throwable cause) {
        super(description, facts, cause);
    }
}

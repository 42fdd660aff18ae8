package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A proxy was reached, but it did not connect to the origin. No part of the request was sent.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (ProxyFailedException e) {
 *     return e.status() == 407 ? hp.request(Request.get(uri).proxy(proxy.credentials(ask("user"), ask("password")))) : null;
 * }
 * }
 *
 * <p>The proxy refused the tunnel or the credentials, or could not reach the origin. Or the proxy closed the connection
 * too early: before its answer was complete, or during its TLS handshake with the client. {@link #safeToRetry} is true
 * unless the proxy would refuse again, for example because of its rules or the credentials. If an HTTP proxy refuses a
 * request that it gets whole, its answer is the response.
 */
public final class ProxyFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient int status;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param status      the status with which the proxy refused; 0 for none
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public ProxyFailedException(String description, int status, Facts facts, @Nullable Throwable cause) {
        super(description, facts, cause);
        this.status = status;
    }

    /** {@return the status with which an HTTP proxy refused a tunnel; 0 if it sent none, and for SOCKS5} */
    public int status() {
        return status;
    }
}

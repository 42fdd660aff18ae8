package io.httpipe.internal.connect;

import java.io.IOException;
import java.io.Serial;

/**
 * Thrown when a proxy refuses to connect to an origin, or ends its connection with the client in an orderly way before
 * it has connected to the origin. A reset of that connection causes another {@link IOException}. Also thrown when the
 * name of the origin is too long for SOCKS5.
 */
public final class ProxyRefusedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int status;
    private final boolean passing;

    /**
     * Creates an exception.
     *
     * @param status  the status of the answer to CONNECT; 0 if there was none
     * @param passing whether another attempt may succeed
     */
    ProxyRefusedException(String message, int status, boolean passing) {
        super(message);
        this.status = status;
        this.passing = passing;
    }

    /** The status of the answer to CONNECT; 0 if there was none. */
    public int status() {
        return status;
    }

    /** Whether another attempt may succeed, for example because the proxy could not reach the origin. */
    public boolean passing() {
        return passing;
    }
}

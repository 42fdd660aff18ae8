package io.httpipe;

import java.io.Serial;

/** The connection was closed or reset before the response had ended as its framing said it would. */
public final class ConnectionLostException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    ConnectionLostException(String what, Facts facts, Throwable cause) {
        super(what, facts, cause);
    }
}

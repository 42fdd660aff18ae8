package io.httpipe;

import java.io.Serial;

/** The TLS handshake failed, or TLS did later: the certificate is not trusted or does not fit, no version in common. */
public final class TlsFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    TlsFailedException(String what, Facts facts, Throwable cause) {
        super(what, facts, cause);
    }
}

package io.httpipe.internal.policy;

import java.io.IOException;
import java.io.Serial;

/** A server or a proxy claimed to know the password of a Digest answer, and its proof is wrong. */
public final class ServerProofException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    ServerProofException() {
        super("the rspauth of Authentication-Info or Proxy-Authentication-Info does not match the password"
                + " (RFC 7616, section 3.5)");
    }
}

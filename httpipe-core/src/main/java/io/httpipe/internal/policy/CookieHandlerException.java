package io.httpipe.internal.policy;

import java.io.IOException;
import java.io.Serial;

/**
 * The user's {@link java.net.CookieHandler} failed. The cause is the exception that the handler threw. If the handler
 * returned cookies that a header cannot have, the cause says why.
 */
public final class CookieHandlerException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    CookieHandlerException(String handler, Exception cause) {
        super("the cookie handler " + handler + " failed: " + cause.getMessage(), cause);
    }
}

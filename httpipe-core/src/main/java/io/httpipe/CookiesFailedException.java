package io.httpipe;

import java.io.IOException;
import java.io.Serial;

/**
 * The {@link java.net.CookieHandler} of the client failed. The message names the handler's class. The cause is the
 * exception that the handler threw. If the handler returned cookies that a header cannot have, the cause says why.
 */
public final class CookiesFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param failure its message and its cause become those of the new exception
     * @param facts   where and when the call failed
     */
    public CookiesFailedException(IOException failure, Facts facts) {
        super(facts, String.valueOf(failure.getMessage()));
        initCause(failure.getCause());
    }
}

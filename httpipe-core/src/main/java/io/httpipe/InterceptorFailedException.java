package io.httpipe;

import java.io.IOException;
import java.io.Serial;

/** An {@link Interceptor} threw an exception of its own, which is the cause. {@link #safeToRetry} is false. */
public final class InterceptorFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param cause what the interceptor threw
     * @param facts where and when the call failed
     */
    public InterceptorFailedException(IOException cause, Facts facts) {
        super(facts.withoutRetry(), "an interceptor failed: " + ErrorMapping.message(cause));
        initCause(cause);
    }
}

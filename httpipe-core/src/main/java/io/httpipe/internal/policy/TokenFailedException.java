package io.httpipe.internal.policy;

import java.io.IOException;
import java.io.Serial;

/** The source of a bearer token failed. */
public final class TokenFailedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final IOException source;

    TokenFailedException(IOException source) {
        super("the token source failed: " + source.getMessage(), source);
        this.source = source;
    }

    /**
     * The exception that the source threw. If that is unchecked, this is an {@link IOException} with that exception as
     * its cause.
     */
    public IOException source() {
        return source;
    }
}

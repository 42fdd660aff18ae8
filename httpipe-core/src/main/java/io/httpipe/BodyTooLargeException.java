package io.httpipe;

import java.io.Serial;

/** The body of a response is longer than {@link Request#maxSize} or {@link Limits#bodyBytes} lets it be. */
public final class BodyTooLargeException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final long maxSize;

    BodyTooLargeException(long maxSize, Facts facts) {
        super("the response body exceeds %d bytes".formatted(maxSize), facts, null);
        this.maxSize = maxSize;
    }

    /** How many bytes it might have had. */
    public long maxSize() {
        return maxSize;
    }
}

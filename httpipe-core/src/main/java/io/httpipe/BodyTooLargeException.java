package io.httpipe;

import java.io.Serial;

/**
 * The body of a response is longer than {@link Request#maxSize} or {@link Limits#bodyBytes} lets it be, or than what an
 * {@link Exchange} holds while it sends a request.
 */
public final class BodyTooLargeException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** In bytes. */
    private final long maxSize;

    BodyTooLargeException(long maxSize, Facts facts) {
        super("the response body exceeds %d bytes".formatted(maxSize), facts, null);
        this.maxSize = maxSize;
    }

    BodyTooLargeException(String what, long maxSize, Facts facts) {
        super(what, facts, null);
        this.maxSize = maxSize;
    }

    /** {@return the limit that was exceeded, in bytes} */
    public long maxSize() {
        return maxSize;
    }
}

package io.httpipe;

import java.io.Serial;

/**
 * The body of a response is longer than {@link Request#maxSize} or {@link Limits#bodyBytes} allows, or than what an
 * {@link Exchange} holds while it sends a request.
 */
public final class BodyTooLargeException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** In bytes. */
    private final long maxSize;

    BodyTooLargeException(String message, long maxSize, Facts facts) {
        super(facts.withoutRetry(), message);
        this.maxSize = maxSize;
    }

    /** {@return the limit that was exceeded, in bytes} */
    public long maxSize() {
        return maxSize;
    }
}

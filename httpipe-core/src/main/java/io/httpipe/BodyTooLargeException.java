package io.httpipe;

import java.io.Serial;

/**
 * The body of a response is longer than {@link Request#maxBodySize} or {@link Limits#maxBodySize} allows, or than what an
 * {@link Exchange} holds while it sends a request.
 */
public final class BodyTooLargeException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** In bytes. */
    private final long maxBodySize;

    BodyTooLargeException(String message, long maxBodySize, Facts facts) {
        super(facts.withoutRetry(), message);
        this.maxBodySize = maxBodySize;
    }

    /** {@return the limit that was exceeded, in bytes} */
    public long maxBodySize() {
        return maxBodySize;
    }
}

package io.httpipe;

import java.io.Serial;

/**
 * The response body is larger than {@link Request#maxBodySize} or {@link Limits#maxBodySize}. An {@link Exchange} also
 * throws this exception if more than 64 KiB of the response arrive during the upload.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).text();
 * } catch (BodyTooLargeException e) {
 *     return "more than " + e.maxBodySize() + " bytes";
 * }
 * }
 *
 * <p>{@link #safeToRetry} is false.
 */
public final class BodyTooLargeException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The limit in bytes. */
    private final long maxBodySize;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param maxBodySize the limit in bytes
     * @param facts       where and when the call failed
     */
    public BodyTooLargeException(String description, long maxBodySize, Facts facts) {
        super(facts.withoutRetry(), description);
        this.maxBodySize = maxBodySize;
    }

    /** {@return the limit that was exceeded, in bytes} */
    public long maxBodySize() {
        return maxBodySize;
    }
}

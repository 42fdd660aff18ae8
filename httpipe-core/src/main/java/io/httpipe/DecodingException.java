package io.httpipe;

import io.httpipe.internal.policy.UndecodableException;
import io.httpipe.internal.wire.Arguments;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response cannot be decoded from its {@code Content-Encoding}.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).text();
 * } catch (DecodingException e) {
 *     log.warn("{} from {}: {}", e.reason(), e.coding(), e.getMessage());
 *     throw e;
 * }
 * }
 *
 * <p>{@link #safeToRetry} is false.
 *
 * @see Decoding
 */
public final class DecodingException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Why the body cannot be decoded. */
    private final Reason reason;

    /** The coding that failed. */
    private final String coding;

    /** Why a body cannot be decoded. */
    public enum Reason {
        /** The encoded data is malformed or has a wrong checksum. */
        MALFORMED,
        /** The encoded data is incomplete, although the response is complete. */
        TRUNCATED,
        /** Other bytes follow the encoded data. */
        TRAILING_DATA,
        /** The body has more than five codings, or exceeds {@link Limits#maxRatio}. */
        LIMIT,
        /** The encoded data needs a larger window than its decoder may use: for zstd, more than 8 MiB (RFC 9659). */
        WINDOW
    }

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param reason      what is wrong with the content
     * @param coding      the coding that failed, such as {@code gzip}
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public DecodingException(Reason reason, String coding, String description, Facts facts, @Nullable Throwable cause) {
        super(facts.withoutRetry(), description);
        initCause(cause);
        this.reason = Arguments.notNull("reason", reason);
        this.coding = Arguments.notNull("coding", coding);
    }

    DecodingException(UndecodableException undecodable, Facts facts) {
        this(reason(undecodable), undecodable.coding(), String.valueOf(undecodable.getMessage()), facts, undecodable);
    }

    private static Reason reason(UndecodableException undecodable) {
        return switch (undecodable.kind()) {
            case UndecodableException.TRUNCATED -> Reason.TRUNCATED;
            case UndecodableException.TRAILING_DATA -> Reason.TRAILING_DATA;
            case UndecodableException.LIMIT -> Reason.LIMIT;
            case UndecodableException.WINDOW -> Reason.WINDOW;
            default -> Reason.MALFORMED;
        };
    }

    /** {@return why the body cannot be decoded} */
    public Reason reason() {
        return reason;
    }

    /**
     * {@return the coding that failed, such as {@code gzip}; if there are too many codings, the first in the header}
     */
    public String coding() {
        return coding;
    }
}

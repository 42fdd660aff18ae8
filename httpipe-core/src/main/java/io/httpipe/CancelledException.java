package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The caller ended the call: it interrupted the thread, closed the client, or closed the response.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).text();
 * } catch (CancelledException e) {
 *     switch (e.reason()) {
 *         case INTERRUPT -> log.debug("cancelled");               // the interrupt flag is still set
 *         case CLIENT_CLOSED -> log.debug("shutting down");
 *         case RESPONSE_CLOSED -> log.debug("response closed");
 *     }
 *     throw e;
 * }
 * }
 *
 * <p>The client did not retry the call, and {@link #safeToRetry} is false.
 */
public final class CancelledException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What ended the call. */
    private final Reason reason;

    /** What ended the call. */
    public enum Reason {
        /** The thread was interrupted, for example by an executor that cancels a task. Its interrupt flag is set. */
        INTERRUPT,
        /** {@link Httpipe#close} ended the call, in most cases at the end of the grace time. */
        CLIENT_CLOSED,
        /**
         * While the call was running, its response, events or exchange was closed or aborted, in most cases by another
         * thread.
         */
        RESPONSE_CLOSED
    }

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param reason      what ended the call
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public CancelledException(Reason reason, String description, Facts facts, @Nullable Throwable cause) {
        super(description, facts.withoutRetry(), cause);
        this.reason = reason;
    }

    static CancelledException interrupted(Facts facts, Throwable cause) {
        return new CancelledException(Reason.INTERRUPT, "cancelled by an interrupt", facts, cause);
    }

    /** {@return what ended the call} */
    public Reason reason() {
        return reason;
    }
}

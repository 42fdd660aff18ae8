package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The caller's own side ended the call: an interrupt, the closing of the client, or the closing of the response.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).text();
 * } catch (CancelledException e) {
 *     switch (e.reason()) {
 *         case INTERRUPT -> log.debug("cancelled");               // the interrupt flag is still set
 *         case CLIENT_CLOSED -> log.debug("shutting down");
 *         case RESPONSE_CLOSED -> log.debug("nobody wants the rest");
 *     }
 *     throw e;
 * }
 * }
 *
 * <p>Nothing was retried, and {@link #safeToRetry} is false.
 */
public final class CancelledException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What ended the call. */
    private final Reason reason;

    /** What ended the call. */
    public enum Reason {
        /** The thread was interrupted, as a scope or an executor does to cancel. Its interrupt flag is set. */
        INTERRUPT,
        /** {@link Httpipe#close} closed the client, and the call had not ended when the grace time was over. */
        CLIENT_CLOSED,
        /** Another thread closed the response, or somebody aborted the exchange, while the call was using it. */
        RESPONSE_CLOSED
    }

    CancelledException(Reason reason, String what, Facts facts, @Nullable Throwable cause) {
        super(what, facts.withoutRetry(), cause);
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

package io.httpipe;

import java.io.Serial;

/**
 * The thread was interrupted, as a scope or an executor does to cancel; its interrupt flag is set. It is never retried.
 */
public final class CancelledException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    CancelledException(Facts facts, Throwable cause) {
        super("cancelled by an interrupt", facts, cause);
    }

    /** What a call throws that was sending what the cancelled one received: it may not be repeated if that may not. */
    CancelledException within(Facts sending) {
        if (sending.safeToRetry() || !safeToRetry()) {
            return this;
        }
        return new CancelledException(
                new Facts(phase(), endpoint(), reusedTimes(), bytesSent(), bytesReceived(), false), this);
    }
}

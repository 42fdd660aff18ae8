package io.httpipe.soak;

import io.httpipe.CancelledException;
import io.httpipe.ConnectionLostException;
import io.httpipe.HttpipeException;
import io.httpipe.RequestBodyException;
import io.httpipe.TimedOutException;

/**
 * The errors with which a call may end, in addition to those of its {@link ServerBehaviour}.
 *
 * @param deadline   whether the call has a deadline that it may miss
 * @param interrupts whether the call is interrupted at some moment
 */
record AllowedErrors(boolean deadline, boolean interrupts) {
    static final AllowedErrors NONE = new AllowedErrors(false, false);

    /**
     * Whether a call may end with this error.
     *
     * @param repeatable whether the client may send the request a second time, over a new connection
     */
    boolean permits(HttpipeException e, ServerBehaviour behaviour, boolean repeatable) {
        return switch (e) {
            case CancelledException cancelled ->
                cancelled.reason() == CancelledException.Reason.INTERRUPT
                        && interrupts
                        && Thread.currentThread().isInterrupted();
            case TimedOutException timedOut -> deadline || behaviour.permits(e);
            // The server may have closed an idle connection just as the call took it.
            case ConnectionLostException lost ->
                behaviour.permits(e) || !repeatable && e.reusedTimes() > 0 && e.bytesReceived() == 0;
            default -> behaviour.permits(e);
        };
    }

    /** The same as {@link #permits} for a pipe, whose error may have an error of its source as its cause. */
    boolean permitsPiped(HttpipeException e, ServerBehaviour source) {
        boolean caused = e instanceof RequestBodyException && e.getCause() instanceof HttpipeException;
        return permits(caused ? (HttpipeException) e.getCause() : e, source, false);
    }
}

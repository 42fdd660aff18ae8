package io.httpipe.soak;

import io.httpipe.CancelledException;
import io.httpipe.ConnectionLostException;
import io.httpipe.HttpipeException;
import io.httpipe.RequestBodyException;
import io.httpipe.TimedOutException;

/**
 * With which errors a call may end, apart from those of what it asks for.
 *
 * @param inTime     whether it has a deadline that it may well miss
 * @param interrupts whether it is interrupted at some moment
 */
record Terms(boolean inTime, boolean interrupts) {
    static final Terms NONE = new Terms(false, false);

    /**
     * Whether a call may end so.
     *
     * @param repeatable whether the client may send it a second time, over a fresh connection
     */
    boolean permit(HttpipeException e, Kind kind, boolean repeatable) {
        return switch (e) {
            case CancelledException cancelled ->
                cancelled.reason() == CancelledException.Reason.INTERRUPT
                        && interrupts
                        && Thread.currentThread().isInterrupted();
            case TimedOutException timedOut -> inTime || kind.permits(e);
            // The server has closed an idle connection at the very moment at which it was taken.
            case ConnectionLostException lost ->
                kind.permits(e) || !repeatable && e.reusedTimes() > 0 && e.bytesReceived() == 0;
            default -> kind.permits(e);
        };
    }

    /** The same for a pipe: an error of its source may come as the cause of another. */
    boolean permitPiped(HttpipeException e, Kind source) {
        boolean caused = e instanceof RequestBodyException && e.getCause() instanceof HttpipeException;
        return permit(caused ? (HttpipeException) e.getCause() : e, source, false);
    }
}

package io.httpipe;

import java.io.Serial;

/** A step took longer than its timeout, or the whole call longer than its {@link Deadline}; the message says which. */
public final class TimedOutException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    TimedOutException(String what, Facts facts, Throwable cause) {
        super(what, facts, cause);
    }
}

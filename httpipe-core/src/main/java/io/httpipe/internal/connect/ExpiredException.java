package io.httpipe.internal.connect;

import java.io.IOException;
import java.io.Serial;

/** The time limit of an operation is over, or cannot be met. */
public final class ExpiredException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String detail;
    private final boolean foreseen;

    /** Creates an exception without details. */
    public ExpiredException() {
        this("", false);
    }

    /**
     * Creates an exception with details.
     *
     * @param foreseen whether there was time left, but not enough
     */
    public ExpiredException(String detail, boolean foreseen) {
        super(detail.isEmpty() ? "the time limit of the operation is over" : detail);
        this.detail = detail;
        this.foreseen = foreseen;
    }

    /** Text to add after the name of the limit; may be empty. */
    public String detail() {
        return detail;
    }

    /** Whether there was time left, but not enough. */
    public boolean foreseen() {
        return foreseen;
    }
}

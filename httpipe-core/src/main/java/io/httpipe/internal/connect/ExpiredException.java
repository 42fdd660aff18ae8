package io.httpipe.internal.connect;

import java.io.IOException;
import java.io.Serial;

/** The time of an operation was over before it was, or is bound to be. */
public final class ExpiredException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String detail;
    private final boolean foreseen;

    /** An expiry that needs no words but those of the limit. */
    public ExpiredException() {
        this("", false);
    }

    /**
     * An expiry with something to add.
     *
     * @param foreseen whether there still was time, but not enough
     */
    public ExpiredException(String detail, boolean foreseen) {
        super(detail.isEmpty() ? "the time for it was over" : detail);
        this.detail = detail;
        this.foreseen = foreseen;
    }

    /** What is to be added to the name of the limit, perhaps nothing. */
    public String detail() {
        return detail;
    }

    /** Whether there still was time, but not enough. */
    public boolean foreseen() {
        return foreseen;
    }
}

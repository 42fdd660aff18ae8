package io.httpipe.internal.connect;

import java.io.IOException;
import java.io.Serial;

/** The time of an operation was over before it was. */
public final class ExpiredException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** An expiry that needs no words but those of the limit. */
    public ExpiredException() {
        this("");
    }

    /** An expiry with something to add. */
    public ExpiredException(String detail) {
        super(detail);
    }
}

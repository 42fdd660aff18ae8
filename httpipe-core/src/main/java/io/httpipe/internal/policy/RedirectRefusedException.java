package io.httpipe.internal.policy;

import java.io.IOException;
import java.io.Serial;

/** A redirect leads nowhere: its target is malformed or ambiguous, it is part of a loop, or it is one too many. */
public final class RedirectRefusedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    RedirectRefusedException(String message) {
        super(message);
    }
}

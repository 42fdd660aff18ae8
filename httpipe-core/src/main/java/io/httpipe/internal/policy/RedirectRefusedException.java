package io.httpipe.internal.policy;

import java.io.IOException;
import java.io.Serial;

/** A redirect cannot be followed: its target is malformed or ambiguous, it leads to a loop, or it exceeds a limit. */
public final class RedirectRefusedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    RedirectRefusedException(String message) {
        super(message);
    }
}

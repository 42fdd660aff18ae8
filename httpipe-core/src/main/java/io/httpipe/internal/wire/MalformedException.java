package io.httpipe.internal.wire;

import java.io.IOException;
import java.io.Serial;

/** Thrown when the peer sent something that is not HTTP/1.x or exceeds a limit. The message may quote it, escaped. */
public final class MalformedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    public MalformedException(String message) {
        super(message);
    }

    MalformedException(String message, byte[] bytes, int from, int to) {
        super(message + ": " + Ascii.excerpt(bytes, from, to));
    }
}

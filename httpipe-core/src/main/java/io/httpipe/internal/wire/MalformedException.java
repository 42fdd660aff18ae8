package io.httpipe.internal.wire;

import java.io.IOException;
import java.io.Serial;

/** What the peer sent is not HTTP/1.x, or goes over a limit; the message says where and quotes it, escaped. */
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

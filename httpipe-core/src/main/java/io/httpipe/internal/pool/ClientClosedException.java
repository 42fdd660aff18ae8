package io.httpipe.internal.pool;

import java.io.IOException;
import java.io.Serial;

/** The client was closed while a call was waiting, or opening a connection. */
public final class ClientClosedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    public ClientClosedException() {
        super("the client has been closed");
    }
}

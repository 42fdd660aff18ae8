package io.httpipe.internal.pool;

import java.io.IOException;
import java.io.Serial;

/** The client was closed while a call was waiting for a connection or opening one. */
public final class ClientClosedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    ClientClosedException() {
        super("the client has been closed");
    }
}

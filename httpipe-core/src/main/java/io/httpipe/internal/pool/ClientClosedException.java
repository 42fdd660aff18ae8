package io.httpipe.internal.pool;

import java.io.IOException;
import java.io.Serial;

/** A call cannot go on, because the client was closed while the call waited, or before the call had a connection. */
public final class ClientClosedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    public ClientClosedException() {
        super("the client has been closed");
    }
}

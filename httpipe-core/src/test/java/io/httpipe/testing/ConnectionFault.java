package io.httpipe.testing;

import io.httpipe.test.server.Peer;
import java.io.IOException;

/** A way in which a server ends a connection too early. */
public enum ConnectionFault {
    /** Stops sending and reading, but keeps the connection open. */
    STOP {
        @Override
        public void strike(Peer peer) {
            peer.awaitClose();
        }
    },
    /** Closes normally; over TLS, with close_notify. */
    CLOSE {
        @Override
        public void strike(Peer peer) {
            // The server closes when its script returns.
        }
    },
    /** Closes the underlying socket. TLS ends without close_notify; otherwise like {@link #CLOSE}. */
    CUT {
        @Override
        public void strike(Peer peer) throws Exception {
            peer.cut();
        }
    },
    /** Resets the connection. */
    RESET {
        @Override
        public void strike(Peer peer) throws IOException {
            peer.reset();
        }
    };

    public abstract void strike(Peer peer) throws Exception;
}

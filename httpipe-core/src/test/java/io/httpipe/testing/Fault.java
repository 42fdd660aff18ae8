package io.httpipe.testing;

import java.io.IOException;

/** How a server can end a connection too early. */
public enum Fault {
    /** Sends and reads no more; the connection stays. */
    STOP {
        @Override
        public void strike(ScriptedServer.Peer peer) {
            peer.awaitClose();
        }
    },
    /** Closes in order; over TLS with its farewell. */
    CLOSE {
        @Override
        public void strike(ScriptedServer.Peer peer) {
            // As every script does at its end.
        }
    },
    /** Closes what is below; the same but for TLS, which ends without its farewell. */
    CUT {
        @Override
        public void strike(ScriptedServer.Peer peer) throws Exception {
            peer.cut();
        }
    },
    /** Resets the connection. */
    RESET {
        @Override
        public void strike(ScriptedServer.Peer peer) throws IOException {
            peer.reset();
        }
    };

    public abstract void strike(ScriptedServer.Peer peer) throws Exception;
}

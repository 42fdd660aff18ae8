package io.httpipe.test.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of 127.0.0.1 that refuses connections. It stays reserved until {@link #close}, so no other program can listen
 * on it meanwhile.
 *
 * {@snippet :
 * try (ClosedPort nobody = new ClosedPort()) {
 *     assertThrows(ConnectFailedException.class, () -> hp.get("http://127.0.0.1:" + nobody.port() + "/"));
 * }
 * }
 *
 * <p>Immutable and thread-safe.
 */
public final class ClosedPort implements AutoCloseable {
    /** Bound, but it does not listen. */
    private final Socket socket = new Socket();

    /**
     * Reserves a port.
     *
     * @throws IOException if no port is free
     */
    public ClosedPort() throws IOException {
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
    }

    /** {@return the number of the port} */
    public int port() {
        return socket.getLocalPort();
    }

    /** {@return the address with the port} */
    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

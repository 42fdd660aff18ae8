package io.httpipe.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP port with a full accept queue: connects are neither accepted nor refused. */
public final class FullListener implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Socket> queue = new ArrayList<>();
    private final List<Socket> accepted = new CopyOnWriteArrayList<>();

    public FullListener() throws IOException {
        this("127.0.0.1", 0);
    }

    /**
     * Listens on one address.
     *
     * @param address {@code 0.0.0.0} for all IPv4 addresses of this machine
     * @param port    0 for a free one
     */
    public FullListener(String address, int port) throws IOException {
        listener = new ServerSocket(port, 1, InetAddress.getByName(address));
        boolean full = false;
        while (!full) {
            Socket socket = new Socket();
            queue.add(socket);
            try {
                socket.connect(listener.getLocalSocketAddress(), 200);
            } catch (SocketTimeoutException e) {
                full = true;
            }
        }
    }

    /** {@return a listener on all IPv4 addresses of this machine, for all tests of a class} */
    public static FullListener make() {
        try {
            return new FullListener("0.0.0.0", 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Accepts all connections from now on. A client that waits repeats its packet after about a second. */
    public void acceptAll() {
        Thread.ofPlatform().daemon().name("full-listener").start(() -> {
            try {
                while (true) {
                    accepted.add(listener.accept());
                }
            } catch (IOException e) {
                // The listener is closed.
            }
        });
    }

    @Override
    public void close() {
        try {
            for (Socket socket : queue) {
                socket.close();
            }
            listener.close();
            for (Socket socket : accepted) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

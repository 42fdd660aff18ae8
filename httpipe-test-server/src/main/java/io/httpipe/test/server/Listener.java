package io.httpipe.test.server;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Accepts connections. Thread-safe. */
interface Listener extends AutoCloseable {
    /** How many connections may wait to be accepted. */
    int BACKLOG = 1024;

    Link accept(int number) throws IOException;

    SocketAddress address();

    boolean isOpen();

    @Override
    void close() throws IOException;

    /**
     * Opens a TCP socket.
     *
     * @param receiveBuffer the size of the receive buffers; 0 for the default of the system
     * @throws BindException if the port is in use, with a message that names it
     */
    static ServerSocket open(InetAddress address, int port, int receiveBuffer) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.bind(new InetSocketAddress(address, port), BACKLOG);
            return socket;
        } catch (IOException e) {
            socket.close();
            if (e instanceof BindException) {
                BindException named = new BindException("cannot listen on port " + port + " of "
                        + address.getHostAddress() + ": " + e.getMessage() + "; port 0 selects a free port");
                named.initCause(e);
                throw named;
            }
            throw e;
        }
    }

    /** A TCP listener, with TLS if there is a context. */
    record Tcp(ServerSocket socket, @Nullable SSLContext context, Consumer<SSLSocket> setup) implements Listener {
        @Override
        public Link accept(int number) throws IOException {
            Socket accepted = socket.accept();
            try {
                return link(number, accepted);
            } catch (IOException | RuntimeException | Error e) {
                accepted.close();
                throw e;
            }
        }

        private Link link(int number, Socket accepted) throws IOException {
            if (context == null) {
                return Link.of(number, accepted, accepted);
            }
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(accepted, null, true);
            setup.accept(secured);
            return Link.of(number, secured, accepted);
        }

        @Override
        public boolean isOpen() {
            return !socket.isClosed();
        }

        @Override
        public SocketAddress address() {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** A listener on a Unix socket. It deletes the path when it closes. */
    record Unix(ServerSocketChannel channel, Path path) implements Listener {
        static Unix open(Path path) throws IOException {
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.bind(UnixDomainSocketAddress.of(path), BACKLOG);
                return new Unix(channel, path);
            } catch (IOException e) {
                channel.close();
                throw new IOException(
                        "cannot listen on the Unix socket " + path + ": " + e.getMessage()
                                + "; the path must be new and have at most about 100 bytes",
                        e);
            }
        }

        @Override
        public Link accept(int number) throws IOException {
            return Link.of(number, channel.accept());
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public SocketAddress address() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(path);
        }
    }
}

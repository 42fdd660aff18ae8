package io.httpipe.test.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One accepted connection, whose streams record their bytes. For the thread of its script, except {@link #cut} and
 * {@link #reset}.
 */
final class Link {
    final int number;
    final InputStream in;
    final OutputStream out;
    final Transcript transcript;

    /** The socket, with TLS if used; null for a Unix socket. */
    final @Nullable Socket socket;

    /** The TCP socket, under TLS if used; null for a Unix socket. */
    final @Nullable Socket underlying;

    private final @Nullable SocketChannel channel;

    private Link(
            int number,
            String client,
            InputStream in,
            OutputStream out,
            @Nullable Socket socket,
            @Nullable Socket underlying,
            @Nullable SocketChannel channel) {
        this.number = number;
        this.transcript = new Transcript("connection " + number + " from " + client);
        this.in = new Received(in);
        this.out = new Sent(out);
        this.socket = socket;
        this.underlying = underlying;
        this.channel = channel;
    }

    static Link of(int number, Socket socket, Socket underlying) throws IOException {
        underlying.setTcpNoDelay(true);
        return new Link(
                number,
                String.valueOf(underlying.getRemoteSocketAddress()),
                socket.getInputStream(),
                socket.getOutputStream(),
                socket,
                underlying,
                null);
    }

    static Link of(int number, SocketChannel channel) {
        return new Link(
                number,
                "a Unix socket",
                Channels.newInputStream(channel),
                Channels.newOutputStream(channel),
                null,
                null,
                channel);
    }

    /** Closes normally; over TLS, with close_notify. */
    void close() {
        try {
            out.close();
        } catch (IOException e) {
            // If the client has closed first, TLS cannot send its close_notify.
        }
        cut();
    }

    /** Closes the socket below TLS. */
    void cut() {
        try {
            if (underlying != null) {
                underlying.close();
            }
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The socket is closed even if close() throws.
        }
    }

    /** Closes with a TCP reset. A Unix socket has no reset; it is closed. */
    void reset() throws IOException {
        if (underlying != null) {
            underlying.setSoLinger(true, 0);
        }
        cut();
    }

    /** Closes the sending direction. */
    void halfClose() throws IOException {
        if (socket != null) {
            socket.shutdownOutput();
        } else if (channel != null) {
            channel.shutdownOutput();
        }
    }

    /** Discards the bytes of the client until the client closes. */
    void awaitClose() {
        try {
            byte[] rest = new byte[8192];
            int read;
            do {
                read = in.read(rest);
            } while (read >= 0);
        } catch (IOException e) {
            // A reset is a close too.
        }
    }

    /** Reads from the client. It has no buffer, because a script may also read from the socket directly. */
    private final class Received extends InputStream {
        private final InputStream from;

        Received(InputStream from) {
            this.from = from;
        }

        @Override
        public int read() throws IOException {
            int next = from.read();
            if (next >= 0) {
                transcript.received(new byte[] {(byte) next}, 0, 1);
            }
            return next;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = from.read(bytes, offset, length);
            if (read > 0) {
                transcript.received(bytes, offset, read);
            }
            return read;
        }

        @Override
        public int available() throws IOException {
            return from.available();
        }

        @Override
        public void close() throws IOException {
            from.close();
        }
    }

    /** Writes to the client. */
    private final class Sent extends OutputStream {
        private final OutputStream to;

        Sent(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int next) throws IOException {
            to.write(next);
            transcript.sent(new byte[] {(byte) next}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            to.write(bytes, offset, length);
            transcript.sent(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}

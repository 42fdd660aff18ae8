package io.httpipe.soak;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The server's side of one connection. It reads requests strictly and can send any bytes. All methods throw {@link
 * IOException} if the client has closed, and {@link AssertionError} if it has sent a malformed request.
 */
final class ServerConnection implements Closeable {
    private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]+ /[!-~]+ HTTP/1\\.1");
    private static final Pattern CHUNK_SIZE = Pattern.compile("[1-9A-F][0-9A-F]{0,7}|0");
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final InputStream in;
    private final OutputStream out;
    private final Closeable stream;
    private final Closeable transport;

    private ServerConnection(InputStream in, OutputStream out, Closeable stream, Closeable transport) {
        this.in = new BufferedInputStream(in, 2048);
        this.out = out;
        this.stream = stream;
        this.transport = transport;
    }

    /** Over TCP, or over TLS on top of TCP. */
    static ServerConnection of(Socket socket, Socket transport) throws IOException {
        transport.setTcpNoDelay(true);
        return new ServerConnection(socket.getInputStream(), socket.getOutputStream(), socket, transport);
    }

    /** Over a Unix socket. */
    static ServerConnection of(SocketChannel channel) {
        return new ServerConnection(
                Channels.newInputStream(channel), Channels.newOutputStream(channel), channel, channel);
    }

    /** Returns the next line without its CR LF, or null at the end of the input. */
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                byte[] bytes = line.toByteArray();
                int length = bytes.length - 1;
                if (length < 0 || bytes[length] != '\r') {
                    throw new AssertionError("a lone LF in a request");
                }
                return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            }
            line.write(next);
        }
        if (line.size() > 0) {
            throw new EOFException("the client closed within a line");
        }
        return null;
    }

    private String wholeLine() throws IOException {
        String line = line();
        if (line == null) {
            throw new EOFException("the client closed within a request");
        }
        return line;
    }

    /** Reads a head; returns null if the client closes instead. */
    RequestHead head() throws IOException {
        String request = line();
        return request == null ? null : head(request);
    }

    private RequestHead head(String request) throws IOException {
        if (!REQUEST_LINE.matcher(request).matches()) {
            throw new AssertionError("malformed request line: " + request);
        }
        RequestHead head = new RequestHead(request.split(" ", -1));
        for (String field = wholeLine(); !field.isEmpty(); field = wholeLine()) {
            int colon = field.indexOf(": ");
            if (colon < 1 || !field.chars().allMatch(c -> c >= ' ' && c < 127)) {
                throw new AssertionError("malformed field line: " + field);
            }
            head.add(field.substring(0, colon).toLowerCase(Locale.ROOT), field.substring(colon + 2));
        }
        if (head.hosts != 1 || head.chunked && head.length >= 0) {
            throw new AssertionError("ambiguous head: " + request);
        }
        return head;
    }

    /** The head of a request. */
    static final class RequestHead {
        final String method;
        final RequestSpec spec;
        long length = -1;
        boolean chunked;
        boolean expects;
        private int hosts;

        private RequestHead(String[] line) {
            method = line[0];
            spec = RequestSpec.parse(line[1]);
        }

        private void add(String name, String value) {
            switch (name) {
                case "host" -> hosts++;
                case "content-length" -> {
                    if (length >= 0) {
                        throw new AssertionError("two lengths");
                    }
                    length = Long.parseLong(value);
                }
                case "transfer-encoding" -> {
                    if (chunked || !value.equals("chunked")) {
                        throw new AssertionError("transfer-encoding " + value);
                    }
                    chunked = true;
                }
                case "expect" -> expects = true;
                default -> {}
            }
        }
    }

    /** Reads a body to its end and returns its length; fails the soak if it differs from what the spec says. */
    long body(RequestHead head) throws IOException {
        ServerBehaviour behaviour = head.spec.behaviour();
        long seed = head.spec.bodySeed();
        if (!head.chunked) {
            return bytes(behaviour, seed, 0, Math.max(0, head.length));
        }
        long offset = 0;
        while (true) {
            String size = wholeLine();
            if (!CHUNK_SIZE.matcher(size).matches()) {
                throw new AssertionError("malformed chunk size: " + size);
            }
            if (size.equals("0")) {
                break;
            }
            offset = bytes(behaviour, seed, offset, offset + Integer.parseInt(size, 16));
            if (!wholeLine().isEmpty()) {
                throw new AssertionError("a chunk without an end");
            }
        }
        for (String trailer = wholeLine(); !trailer.isEmpty(); trailer = wholeLine()) {
            if (!trailer.startsWith("X-Trailing-Sum: ")) {
                throw new AssertionError("unexpected trailer: " + trailer);
            }
        }
        return offset;
    }

    private long bytes(ServerBehaviour behaviour, long seed, long from, long to) throws IOException {
        byte[] piece = new byte[(int) Math.min(8192, to - from)];
        for (long at = from; at < to; ) {
            int read = in.read(piece, 0, (int) Math.min(piece.length, to - at));
            if (read < 0) {
                throw new EOFException("the client closed within a body");
            }
            if (behaviour != ServerBehaviour.SINK && !GeneratedBytes.matches(seed, at, piece, 0, read)) {
                throw new AssertionError("the body differs at byte " + at);
            }
            at += read;
        }
        return to;
    }

    /** Reads and discards at most this many bytes. */
    void skip(long max) throws IOException {
        byte[] rest = new byte[4096];
        for (long left = max; left > 0; ) {
            int read = in.read(rest, 0, (int) Math.min(rest.length, left));
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }

    /** Reads and discards everything until the client closes. */
    void awaitClose() throws IOException {
        skip(Long.MAX_VALUE);
    }

    void send(byte[] bytes) throws IOException {
        send(bytes, 0, bytes.length);
    }

    void send(byte[] bytes, int from, int to) throws IOException {
        if (to > from) {
            out.write(bytes, from, to - from);
        }
    }

    /** Sends bytes unencrypted, even if the connection uses TLS. */
    void sendRaw(byte[] bytes) throws IOException {
        if (transport instanceof Socket socket) {
            socket.getOutputStream().write(bytes);
        } else {
            send(bytes);
        }
    }

    static void pause(long micros) throws IOException {
        try {
            if (NEVER.await(micros, TimeUnit.MICROSECONDS)) {
                throw new AssertionError("never");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Shuts down the output; the client may still send. */
    void end() throws IOException {
        switch (stream) {
            case Socket socket -> socket.shutdownOutput();
            case SocketChannel channel -> channel.shutdownOutput();
            default -> throw new AssertionError(stream);
        }
    }

    /** Closes without close_notify, and over TCP with a reset. */
    void reset() throws IOException {
        if (transport instanceof Socket socket) {
            socket.setSoLinger(true, 0);
        }
        transport.close();
    }

    /** Closes without close_notify. */
    void cut() throws IOException {
        transport.close();
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // The client has closed, so close_notify cannot be sent.
        }
        try {
            transport.close();
        } catch (IOException e) {
            // As above.
        }
    }
}

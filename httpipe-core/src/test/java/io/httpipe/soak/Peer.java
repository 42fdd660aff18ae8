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
 * The server's side of one connection: requests in, read as strictly as can be, and any octets out. All of it throws
 * {@link IOException} where the client has gone, and {@link AssertionError} where what it has sent is no request.
 */
final class Peer implements Closeable {
    private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]+ /[!-~]+ HTTP/1\\.1");
    private static final Pattern CHUNK_SIZE = Pattern.compile("[1-9A-F][0-9A-F]{0,7}|0");
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final InputStream in;
    private final OutputStream out;
    private final Closeable secured;
    private final Closeable below;

    private Peer(InputStream in, OutputStream out, Closeable secured, Closeable below) {
        this.in = new BufferedInputStream(in, 2048);
        this.out = out;
        this.secured = secured;
        this.below = below;
    }

    /** Over TCP, or TLS above it. */
    static Peer of(Socket socket, Socket below) throws IOException {
        below.setTcpNoDelay(true);
        return new Peer(socket.getInputStream(), socket.getOutputStream(), socket, below);
    }

    /** Over a Unix socket. */
    static Peer of(SocketChannel channel) {
        return new Peer(Channels.newInputStream(channel), Channels.newOutputStream(channel), channel, channel);
    }

    /** The next line without its CR LF; null at an end in front of it. */
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            if (octet == '\n') {
                byte[] octets = line.toByteArray();
                int length = octets.length - 1;
                if (length < 0 || octets[length] != '\r') {
                    throw new AssertionError("a lone LF in a request");
                }
                return new String(octets, 0, length, StandardCharsets.ISO_8859_1);
            }
            line.write(octet);
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

    /** Reads a head; null if the client closes instead. */
    ResponseHead head() throws IOException {
        String request = line();
        return request == null ? null : head(request);
    }

    private ResponseHead head(String request) throws IOException {
        if (!REQUEST_LINE.matcher(request).matches()) {
            throw new AssertionError("no request line: " + request);
        }
        ResponseHead head = new ResponseHead(request.split(" ", -1));
        for (String field = wholeLine(); !field.isEmpty(); field = wholeLine()) {
            int colon = field.indexOf(": ");
            if (colon < 1 || !field.chars().allMatch(c -> c >= ' ' && c < 127)) {
                throw new AssertionError("no field line: " + field);
            }
            head.add(field.substring(0, colon).toLowerCase(Locale.ROOT), field.substring(colon + 2));
        }
        if (head.hosts != 1 || head.chunked && head.length >= 0) {
            throw new AssertionError("a head that is ambiguous: " + request);
        }
        return head;
    }

    /** The head of a request. */
    static final class ResponseHead {
        final String method;
        final Question question;
        long length = -1;
        boolean chunked;
        boolean expects;
        private int hosts;

        private ResponseHead(String[] line) {
            method = line[0];
            question = Question.parse(line[1]);
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

    /** Reads a body to its end; fails the soak if it is not the one that belongs to the question. */
    long body(ResponseHead head) throws IOException {
        Kind kind = head.question.kind();
        long seed = head.question.bodySeed();
        if (!head.chunked) {
            return octets(kind, seed, 0, Math.max(0, head.length));
        }
        long place = 0;
        while (true) {
            String size = wholeLine();
            if (!CHUNK_SIZE.matcher(size).matches()) {
                throw new AssertionError("no chunk size: " + size);
            }
            if (size.equals("0")) {
                break;
            }
            place = octets(kind, seed, place, place + Integer.parseInt(size, 16));
            if (!wholeLine().isEmpty()) {
                throw new AssertionError("a chunk without an end");
            }
        }
        for (String trailer = wholeLine(); !trailer.isEmpty(); trailer = wholeLine()) {
            if (!trailer.startsWith("X-Trailing-Sum: ")) {
                throw new AssertionError("a trailer that nobody has sent: " + trailer);
            }
        }
        return place;
    }

    private long octets(Kind kind, long seed, long from, long to) throws IOException {
        byte[] piece = new byte[(int) Math.min(8192, to - from)];
        for (long at = from; at < to; ) {
            int read = in.read(piece, 0, (int) Math.min(piece.length, to - at));
            if (read < 0) {
                throw new EOFException("the client closed within a body");
            }
            if (kind != Kind.SINK && !Content.matches(seed, at, piece, 0, read)) {
                throw new AssertionError("another body than was to be sent, at " + at);
            }
            at += read;
        }
        return to;
    }

    /** Reads at most this many octets of whatever comes. */
    void skip(long most) throws IOException {
        byte[] rest = new byte[4096];
        for (long left = most; left > 0; ) {
            int read = in.read(rest, 0, (int) Math.min(rest.length, left));
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }

    /** Waits until the client closes; what still comes is thrown away. */
    void awaitClose() throws IOException {
        skip(Long.MAX_VALUE);
    }

    void send(byte[] octets) throws IOException {
        send(octets, 0, octets.length);
    }

    void send(byte[] octets, int from, int to) throws IOException {
        if (to > from) {
            out.write(octets, from, to - from);
        }
    }

    /** Sends below TLS, if there is TLS. */
    void sendRaw(byte[] octets) throws IOException {
        if (below instanceof Socket socket) {
            socket.getOutputStream().write(octets);
        } else {
            send(octets);
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

    /** Ends the sending; the client may still send. */
    void end() throws IOException {
        switch (secured) {
            case Socket socket -> socket.shutdownOutput();
            case SocketChannel channel -> channel.shutdownOutput();
            default -> throw new AssertionError(secured);
        }
    }

    /** Closes without a word of TLS, and with a reset where there is one. */
    void reset() throws IOException {
        if (below instanceof Socket socket) {
            socket.setSoLinger(true, 0);
        }
        below.close();
    }

    /** Closes without a word of TLS. */
    void cut() throws IOException {
        below.close();
    }

    @Override
    public void close() {
        try {
            secured.close();
        } catch (IOException e) {
            // The client has gone, and TLS has nobody to say its farewell to.
        }
        try {
            below.close();
        } catch (IOException e) {
            // As above.
        }
    }
}

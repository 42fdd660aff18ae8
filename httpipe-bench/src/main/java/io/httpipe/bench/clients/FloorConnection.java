package io.httpipe.bench.clients;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A connection of the floor: it writes what it is given, and looks for nothing but the length of what comes. */
final class FloorConnection implements Closeable {
    private static final byte[] LENGTH = "Content-Length: ".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final Closeable socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[Client.PIECE];

    /** How many octets the buffer holds, and where those begin that nobody has taken yet. */
    private int end;

    private int bodyFrom;

    FloorConnection(Closeable socket, InputStream in, OutputStream out) {
        this.socket = socket;
        this.in = in;
        this.out = out;
    }

    void write(byte[] octets) throws IOException {
        out.write(octets);
    }

    /** Reads a head, and the beginning of the body that comes with it; answers how long the body is. */
    long readHead() throws IOException {
        end = 0;
        long length = -1;
        int lineFrom = 0;
        int at = 0;
        while (true) {
            int count = in.read(buffer, end, buffer.length - end);
            if (count <= 0) {
                throw new EOFException("the connection ended, or the buffer, before the head did");
            }
            end += count;
            for (; at < end; at++) {
                if (buffer[at] != '\n') {
                    continue;
                }
                if (at - lineFrom <= 1) {
                    bodyFrom = at + 1;
                    return length;
                }
                if (at - lineFrom > LENGTH.length
                        && Arrays.equals(buffer, lineFrom, lineFrom + LENGTH.length, LENGTH, 0, LENGTH.length)) {
                    length = number(lineFrom + LENGTH.length);
                }
                lineFrom = at + 1;
            }
        }
    }

    private long number(int from) {
        long number = 0;
        for (int i = from; buffer[i] >= '0' && buffer[i] <= '9'; i++) {
            number = number * 10 + buffer[i] - '0';
        }
        return number;
    }

    /** Reads the whole body, after {@link #readHead}. */
    byte[] readBody(int length) throws IOException {
        byte[] body = new byte[length];
        int have = end - bodyFrom;
        System.arraycopy(buffer, bodyFrom, body, 0, have);
        while (have < length) {
            have += received(in.read(body, have, length - have));
        }
        return body;
    }

    /** Reads the whole body through the buffer, after {@link #readHead}, and forgets it. */
    long skipBody(long length) throws IOException {
        for (long left = length - (end - bodyFrom); left > 0; ) {
            left -= received(in.read(buffer, 0, (int) Math.min(left, buffer.length)));
        }
        return length;
    }

    /** Sends what another connection still has to read of its body, after its {@link #readHead}. */
    void writeBody(FloorConnection from, long length) throws IOException {
        out.write(from.buffer, from.bodyFrom, from.end - from.bodyFrom);
        for (long left = length - (from.end - from.bodyFrom); left > 0; ) {
            int count = received(from.in.read(from.buffer, 0, (int) Math.min(left, from.buffer.length)));
            out.write(from.buffer, 0, count);
            left -= count;
        }
    }

    void writeBody(InputStream body) throws IOException {
        for (int count; (count = body.read(buffer)) >= 0; ) {
            out.write(buffer, 0, count);
        }
    }

    /** Sends a stream in chunks, each in one write. */
    void writeChunks(InputStream body) throws IOException {
        byte[] chunk = new byte[Client.PIECE + 10];
        for (int count; (count = body.read(chunk, 8, Client.PIECE)) >= 0; ) {
            String size = Integer.toHexString(count) + "\r\n";
            int from = 8 - size.length();
            for (int i = 0; i < size.length(); i++) {
                chunk[from + i] = (byte) size.charAt(i);
            }
            chunk[8 + count] = '\r';
            chunk[9 + count] = '\n';
            out.write(chunk, from, 10 + count - from);
        }
        out.write(LAST_CHUNK);
    }

    private static int received(int count) throws EOFException {
        if (count < 0) {
            throw new EOFException("the connection ended before the body did");
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

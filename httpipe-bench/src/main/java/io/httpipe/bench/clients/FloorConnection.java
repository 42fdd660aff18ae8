package io.httpipe.bench.clients;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A connection of the floor. Writes given bytes, and parses only the length of a response. */
final class FloorConnection implements Closeable {
    private static final byte[] LENGTH = "Content-Length: ".getBytes(StandardCharsets.ISO_8859_1);
    private static final int GZIP_HEADER = 10;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final Closeable socket;
    private final InputStream in;
    private final OutputStream out;
    private final Inflater inflater = new Inflater(true);
    private final byte[] piece = new byte[Client.BUFFER_SIZE];
    private final byte[] buffer = new byte[Client.BUFFER_SIZE];

    /** The end of the bytes in the buffer. */
    private int end;

    /** The start of the body bytes in the buffer. */
    private int bodyStart;

    FloorConnection(Closeable socket, InputStream in, OutputStream out) {
        this.socket = socket;
        this.in = in;
        this.out = out;
    }

    void write(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /** Reads a head, with the body bytes that arrive with it. Returns the length of the body. */
    long readHead() throws IOException {
        end = 0;
        long length = -1;
        int lineStart = 0;
        int at = 0;
        while (true) {
            int count = in.read(buffer, end, buffer.length - end);
            if (count <= 0) {
                throw new EOFException("the connection ended, or the buffer was full, before the end of the head");
            }
            end += count;
            for (; at < end; at++) {
                if (buffer[at] != '\n') {
                    continue;
                }
                if (at - lineStart <= 1) {
                    bodyStart = at + 1;
                    return length;
                }
                if (at - lineStart > LENGTH.length
                        && Arrays.equals(buffer, lineStart, lineStart + LENGTH.length, LENGTH, 0, LENGTH.length)) {
                    length = number(lineStart + LENGTH.length);
                }
                lineStart = at + 1;
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
        int have = end - bodyStart;
        System.arraycopy(buffer, bodyStart, body, 0, have);
        while (have < length) {
            have += received(in.read(body, have, length - have));
        }
        return body;
    }

    /** Reads the whole body through the buffer, after {@link #readHead}, and drops it. */
    long skipBody(long length) throws IOException {
        for (long left = length - (end - bodyStart); left > 0; ) {
            left -= received(in.read(buffer, 0, (int) Math.min(left, buffer.length)));
        }
        return length;
    }

    /** Reads and decodes the whole body, after {@link #readHead}. Its last four bytes are the decoded length. */
    byte[] inflateBody(int length) throws IOException {
        byte[] encoded = readBody(length);
        byte[] body = new byte[(int) INT.get(encoded, length - Integer.BYTES)];
        inflater.reset();
        inflater.setInput(encoded, GZIP_HEADER, length - GZIP_HEADER);
        try {
            for (int at = 0; at < body.length; ) {
                int count = inflater.inflate(body, at, body.length - at);
                if (count == 0) {
                    throw new EOFException("the compressed body is incomplete");
                }
                at += count;
            }
        } catch (DataFormatException e) {
            throw new IOException(e);
        }
        return body;
    }

    /** Reads and decodes the whole body through the buffer, after {@link #readHead}. Returns its decoded length. */
    long skipInflatedBody(long length) throws IOException {
        inflater.reset();
        long decoded = 0;
        long left = length - (end - bodyStart);
        int from = bodyStart;
        int header = GZIP_HEADER;
        try {
            while (true) {
                int skipped = Math.min(header, end - from);
                header -= skipped;
                inflater.setInput(buffer, from + skipped, end - from - skipped);
                for (int count; (count = inflater.inflate(piece)) > 0; ) {
                    decoded += count;
                }
                if (left == 0) {
                    return decoded;
                }
                from = 0;
                end = received(in.read(buffer, 0, (int) Math.min(left, buffer.length)));
                left -= end;
            }
        } catch (DataFormatException e) {
            throw new IOException(e);
        }
    }

    /** Sends the body of another connection, after its {@link #readHead}. */
    void writeBody(FloorConnection from, long length) throws IOException {
        out.write(from.buffer, from.bodyStart, from.end - from.bodyStart);
        for (long left = length - (from.end - from.bodyStart); left > 0; ) {
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

    /** Sends a stream in chunks, with one write per chunk. */
    void writeChunks(InputStream body) throws IOException {
        byte[] chunk = new byte[Client.BUFFER_SIZE + 10];
        for (int count; (count = body.read(chunk, 8, Client.BUFFER_SIZE)) >= 0; ) {
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
        inflater.end();
        socket.close();
    }
}

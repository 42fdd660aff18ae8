package io.httpipe.bench.clients;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A connection of the floor: it writes what it is given and looks for nothing but the length of what comes. */
final class FloorConnection implements Closeable {
    private static final byte[] LENGTH = "Content-Length: ".getBytes(StandardCharsets.ISO_8859_1);

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[16 * 1024];

    /** How many octets the buffer holds, and where those begin that nobody has taken yet. */
    private int end;

    private int bodyFrom;

    FloorConnection(Socket socket) throws IOException {
        this.socket = socket;
        in = socket.getInputStream();
        out = socket.getOutputStream();
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

    /** The whole body, after {@link #readHead}. */
    byte[] readBody(int length) throws IOException {
        byte[] body = new byte[length];
        int have = Math.min(length, end - bodyFrom);
        System.arraycopy(buffer, bodyFrom, body, 0, have);
        while (have < length) {
            int count = in.read(body, have, length - have);
            if (count < 0) {
                throw new EOFException("the server closed the connection");
            }
            have += count;
        }
        return body;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

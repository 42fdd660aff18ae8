package io.httpipe.test.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;

/** Passes on the response to one request, byte for byte, and finds its end (RFC 9112, section 6.3). For one thread. */
final class ResponseRelay {
    private static final int MAX_HEAD = 256 << 10;

    private final InputStream from;
    private final OutputStream to;

    ResponseRelay(InputStream from, OutputStream to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Passes on the response.
     *
     * @param method the method of the request
     * @return whether the client can send another request on its connection
     * @throws IOException if the server or the client closes early
     */
    boolean relay(String method) throws IOException {
        String head;
        int status;
        do {
            byte[] bytes;
            try {
                bytes = RequestReader.headBytes(from, MAX_HEAD);
            } catch (RequestReader.BadRequestException e) {
                // The server is to blame, not the client.
                throw new IOException(e.getMessage(), e);
            }
            if (bytes == null) {
                throw new EOFException("the server has closed without a response");
            }
            to.write(bytes);
            head = Text.latin(bytes).toLowerCase(Locale.ROOT);
            status = status(head);
        } while (status >= 100 && status < 200);
        boolean open = !head.contains("\r\nconnection: close\r\n");
        if (method.equals("HEAD") || status == 204 || status == 304) {
            return open;
        }
        if (head.contains("\r\ntransfer-encoding: chunked\r\n")) {
            chunks();
            return open;
        }
        int field = head.indexOf("\r\ncontent-length:");
        if (field < 0) {
            from.transferTo(to);
            return false;
        }
        int start = head.indexOf(':', field) + 1;
        pass(Text.number(head.substring(start, head.indexOf("\r\n", start)).strip(), 10));
        return open;
    }

    private static int status(String head) throws IOException {
        if (!head.startsWith("http/1.") || head.length() < 12) {
            throw new IOException("not an HTTP response: " + Text.quote(head));
        }
        return (int) Text.number(head.substring(9, 12), 10);
    }

    private void chunks() throws IOException {
        long size;
        do {
            String line = line();
            int end = line.indexOf(';');
            size = Text.number((end < 0 ? line : line.substring(0, end)).strip(), 16);
            if (size > 0) {
                pass(size + 2);
            }
        } while (size > 0);
        String trailer;
        do {
            trailer = line();
        } while (!trailer.isEmpty());
    }

    private void pass(long count) throws IOException {
        byte[] piece = new byte[8 << 10];
        for (long left = count; left > 0; ) {
            int read = from.read(piece, 0, (int) Math.min(left, piece.length));
            if (read < 0) {
                throw new EOFException("the server has closed " + left + " bytes before the end of its response");
            }
            to.write(piece, 0, read);
            left -= read;
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = from.read(); next != '\n'; next = from.read()) {
            if (next < 0 || line.length() > MAX_HEAD) {
                throw new EOFException(
                        "the server has closed within a line of its chunked response, or this line is too long");
            }
            line.append((char) next);
            to.write(next);
        }
        to.write('\n');
        return line.toString().strip();
    }
}

package io.httpipe.test.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Reads a request body of any size in a {@link Script}, piece by piece. The body has a {@code Content-Length} or is
 * chunked. The reader keeps only the number of bytes and their checksum. It does not accept trailers. For one thread.
 *
 * {@snippet :
 * Script script = peer -> {
 *     RequestBodyReader body = peer.bodyOf(peer.head());
 *     body.upTo(1_000_000);
 *     peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
 * };
 * }
 */
public final class RequestBodyReader {
    private static final int PIECE = 1 << 14;

    private final InputStream in;
    private final boolean chunked;
    private final CRC32 sum = new CRC32();
    private final byte[] piece = new byte[PIECE];
    private long left;
    private long count;
    private boolean ended;

    /**
     * Creates a reader.
     *
     * @param head the head of the request, with its empty line
     * @param in a stream that begins with the body
     * @throws IllegalArgumentException if the head announces no body
     */
    public RequestBodyReader(String head, InputStream in) {
        String fields = head.toLowerCase(Locale.ROOT);
        this.in = in;
        this.chunked = fields.contains("\r\ntransfer-encoding: chunked\r\n");
        if (!chunked) {
            int field = fields.indexOf("\r\ncontent-length: ");
            if (field < 0) {
                throw new IllegalArgumentException("this request has no body: " + head);
            }
            int from = field + "\r\ncontent-length: ".length();
            left = Long.parseLong(fields, from, fields.indexOf("\r\n", from), 10);
            ended = left == 0;
        }
    }

    /**
     * Reads the next piece.
     *
     * @param out receives the piece
     * @return false at the end of the body
     * @throws EOFException if the client closes within the body
     * @throws IOException if reading or writing fails
     */
    public boolean next(OutputStream out) throws IOException {
        if (chunked && left == 0 && !ended) {
            left = Text.number(line(), 16);
            ended = left == 0;
            if (ended && !line().isEmpty()) {
                throw new IOException("this reader does not accept trailers");
            }
        }
        if (ended) {
            return false;
        }
        int read = in.read(piece, 0, (int) Math.min(left, piece.length));
        if (read < 0) {
            throw new EOFException("the client closed after %d bytes of its body".formatted(count));
        }
        sum.update(piece, 0, read);
        count += read;
        left -= read;
        if (left == 0) {
            if (chunked) {
                line();
            } else {
                ended = true;
            }
        }
        out.write(piece, 0, read);
        return true;
    }

    /**
     * Reads until at least this many bytes of the body have arrived, or until the body ends.
     *
     * @param bytes the number of bytes
     * @return this reader
     * @throws IOException if reading fails
     */
    public RequestBodyReader upTo(long bytes) throws IOException {
        boolean more = true;
        while (more && count < bytes) {
            more = next(OutputStream.nullOutputStream());
        }
        return this;
    }

    /**
     * Reads the rest.
     *
     * @return this reader
     * @throws IOException if reading fails
     */
    public RequestBodyReader all() throws IOException {
        return upTo(Long.MAX_VALUE);
    }

    /** {@return the number of bytes so far and their CRC-32, for example {@code 10:3f}} */
    public String facts() {
        return facts(count, sum);
    }

    /**
     * Returns what {@link #facts} returns after a body with these bytes.
     *
     * @param bytes the body
     * @return the number of bytes and their CRC-32
     */
    public static String facts(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return facts(bytes.length, sum);
    }

    private static String facts(long count, CRC32 sum) {
        return count + ":" + Long.toHexString(sum.getValue());
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the client closed within a line of its body's framing");
            }
            if (line.length() > PIECE) {
                throw new IOException("a line of the body's framing is longer than " + PIECE + " bytes");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }
}

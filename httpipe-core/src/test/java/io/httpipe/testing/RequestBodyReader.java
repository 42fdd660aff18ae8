package io.httpipe.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.CRC32;

/** Reads a request body on the server side, piece by piece, with a length or chunked. */
public final class RequestBodyReader {
    private static final int PIECE = 1 << 14;

    private final InputStream in;
    private final boolean chunked;
    private final CRC32 sum = new CRC32();
    private final byte[] piece = new byte[PIECE];
    private long left;
    private long count;
    private boolean ended;

    /** A reader for the body of the request with this head. */
    public RequestBodyReader(String head, InputStream in) {
        String fields = head.toLowerCase(Locale.ROOT);
        this.in = in;
        this.chunked = fields.contains("\r\ntransfer-encoding: chunked\r\n");
        if (!chunked) {
            int from = fields.indexOf("\r\ncontent-length: ") + "\r\ncontent-length: ".length();
            left = Long.parseLong(fields, from, fields.indexOf("\r\n", from), 10);
            ended = left == 0;
        }
    }

    /** Reads the next piece and writes it to {@code out}. {@return false at the end of the body} */
    public boolean next(OutputStream out) throws IOException {
        if (chunked && left == 0 && !ended) {
            left = Long.parseLong(line(), 16);
            ended = left == 0;
            if (ended && !line().isEmpty()) {
                throw new IOException("trailers are not expected");
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

    /** Reads until at least this many bytes of the body have arrived, or to its end. */
    public RequestBodyReader upTo(long bytes) throws IOException {
        while (count < bytes && next(OutputStream.nullOutputStream())) {
            continue;
        }
        return this;
    }

    /** Reads the rest. */
    public RequestBodyReader all() throws IOException {
        return upTo(Long.MAX_VALUE);
    }

    /** {@return the number of bytes and their checksum, for example {@code 10:3f}} */
    public String facts() {
        return facts(count, sum);
    }

    /** {@return the facts of a body with these bytes} */
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
            line.append((char) next);
        }
        return line.toString().strip();
    }
}

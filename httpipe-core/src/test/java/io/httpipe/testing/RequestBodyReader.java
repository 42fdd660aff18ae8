package io.httpipe.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.CRC32;

/** What a server reads of a request body, piece by piece, whichever way the body is framed. */
public final class RequestBodyReader {
    private static final int PIECE = 1 << 14;

    private final InputStream in;
    private final boolean chunked;
    private final CRC32 sum = new CRC32();
    private final byte[] piece = new byte[PIECE];
    private long left;
    private long count;
    private boolean ended;

    /** A reader of the body that this head announces. */
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

    /** Reads the next piece and writes it to {@code out}; false at the end of the body. */
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

    /** Reads up to this many bytes, or less at the end of the body. */
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

    /** How many bytes have come, and their checksum, for example {@code 10:3f}. */
    public String facts() {
        return facts(count, sum);
    }

    /** The facts of these bytes. */
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
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new EOFException("the client closed within a line of its body's framing");
            }
            line.append((char) octet);
        }
        return line.toString().strip();
    }
}

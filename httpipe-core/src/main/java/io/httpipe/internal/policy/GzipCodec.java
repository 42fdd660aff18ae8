package io.httpipe.internal.policy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Decodes the coding "gzip": one or more members (RFC 1952). Checks the checksum and the length of each member. The
 * optional fields of a header are skipped, not kept.
 */
final class GzipCodec extends InflaterCodec {
    /** The largest header of a member in bytes. The extra field alone may have 64 KiB. */
    static final int MAX_HEADER = 1 << 17;

    private static final int HEADER_CRC_FLAG = 2;
    private static final int EXTRA_FLAG = 4;
    private static final int NAME_FLAG = 8;
    private static final int COMMENT_FLAG = 16;
    private static final int RESERVED_FLAGS = 0xe0;

    /** The values of {@link #step}. Values up to 9 are positions in the fixed part of the header. */
    private static final int FLAGS = 3;

    private static final int EXTRA_LENGTH = 10;
    private static final int EXTRA = 12;
    private static final int NAME = 13;
    private static final int COMMENT = 14;
    private static final int HEADER_CRC = 15;
    private static final int DATA = 17;
    private static final int TRAILER = 18;

    private final CRC32 crc = new CRC32();
    private int step;
    private int flags;
    private int headerLength;

    /** How many bytes of the extra field are still to come. */
    private int extra;

    /** The first byte of the checksum of a header. */
    private int headerCrc;

    /** The bytes of the trailer that have arrived, and how many they are. */
    private long trailer;

    private int trailerLength;

    /** Whether a member has ended, so that the data may end. */
    private boolean memberEnded;

    GzipCodec() {
        super(new Inflater(true));
    }

    @Override
    public boolean decode(ByteBuffer in, ByteBuffer out) throws IOException {
        while (true) {
            if (step < DATA) {
                if (step == 0 && memberEnded && in.hasRemaining() && in.get(in.position()) != 0x1f) {
                    // This is not a member. The caller decides how to treat bytes after the end.
                    return true;
                }
                if (!readHeader(in)) {
                    return step == 0 && memberEnded;
                }
            }
            if (step == DATA) {
                int start = out.position();
                boolean ended = inflate(in, out);
                crc.update(out.array(), out.arrayOffset() + start, out.position() - start);
                if (!ended) {
                    return false;
                }
                step = TRAILER;
            }
            if (!readTrailer(in)) {
                return false;
            }
        }
    }

    /** Reads the bytes of a header that have arrived; returns whether the header is complete. */
    private boolean readHeader(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            int b = in.get() & 0xff;
            if (step < HEADER_CRC) {
                crc.update(b);
            }
            if (++headerLength > MAX_HEADER) {
                throw new ZipException("a header has more than %d bytes".formatted(MAX_HEADER));
            }
            readHeader(b);
            if (step == DATA) {
                crc.reset();
                return true;
            }
        }
        return false;
    }

    private void readHeader(int b) throws IOException {
        switch (step) {
            case 0 -> require(b == 0x1f, "it does not begin with 1f 8b");
            case 1 -> require(b == 0x8b, "it does not begin with 1f 8b");
            case 2 -> require(b == 8, "its compression method is not 8");
            case FLAGS -> {
                require((b & RESERVED_FLAGS) == 0, "reserved flags are set");
                flags = b;
            }
            case EXTRA_LENGTH -> extra = b;
            case EXTRA_LENGTH + 1 -> extra |= b << 8;
            case EXTRA -> extra--;
            case HEADER_CRC -> headerCrc = b;
            case HEADER_CRC + 1 ->
                require((b << 8 | headerCrc) == (crc.getValue() & 0xffff), "the checksum of a header is wrong");
            default -> {}
        }
        boolean more = step == EXTRA && extra > 0 || (step == NAME || step == COMMENT) && b != 0;
        if (!more) {
            step = step == EXTRA_LENGTH + 1 && extra == 0 ? after(EXTRA) : after(step);
        }
    }

    /** Returns the step that follows a completed one. Skips optional parts that the header does not have. */
    private int after(int over) {
        int next = over + 1;
        if (next == EXTRA_LENGTH && (flags & EXTRA_FLAG) == 0) {
            next = NAME;
        }
        if (next == NAME && (flags & NAME_FLAG) == 0) {
            next = COMMENT;
        }
        if (next == COMMENT && (flags & COMMENT_FLAG) == 0) {
            next = HEADER_CRC;
        }
        if (next == HEADER_CRC && (flags & HEADER_CRC_FLAG) == 0) {
            next = DATA;
        }
        return next;
    }

    /** Reads the bytes of a trailer that have arrived. Returns whether the trailer, and so the member, is complete. */
    private boolean readTrailer(ByteBuffer in) throws IOException {
        while (trailerLength < 8 && in.hasRemaining()) {
            trailer |= (in.get() & 0xffL) << 8 * trailerLength++;
        }
        if (trailerLength < 8) {
            return false;
        }
        require((trailer & 0xffffffffL) == crc.getValue(), "the checksum is wrong");
        require((int) (trailer >>> 32) == (int) inflater.getBytesWritten(), "the length is wrong");
        inflater.reset();
        crc.reset();
        step = 0;
        headerLength = 0;
        trailer = 0;
        trailerLength = 0;
        memberEnded = true;
        return true;
    }

    private static void require(boolean valid, String message) throws ZipException {
        if (!valid) {
            throw new ZipException(message);
        }
    }
}

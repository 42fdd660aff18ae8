package io.httpipe.zstd;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdBufferDecompressingStreamNoFinalizer;
import com.github.luben.zstd.ZstdIOException;
import io.httpipe.ContentDecoder;
import io.httpipe.DecodingException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes one body. For one thread at a time. */
final class ZstdCodec implements ContentDecoder.Codec {
    /** RFC 9659: a window has at most 2^23 bytes. */
    private static final int MAX_WINDOW_LOG = 23;

    /** The magic number of a frame (RFC 8878, section 3.1.1), and the lowest one of a skippable frame (3.1.2). */
    private static final int FRAME = 0xfd2fb528;

    private static final int SKIPPABLE_FRAME = 0x184d2a50;
    private static final int SKIPPABLE_VARIANTS = 0x0f;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private Frames frames = new Frames();

    /** Whether a frame has ended and the next frame has not begun. */
    private boolean between;

    /**
     * Between frames: the bytes of the next magic number that have arrived. In a frame: the bytes of its magic number
     * that the decoder has not received yet.
     */
    private final ByteBuffer magic = ByteBuffer.allocate(4).limit(0);

    /** Whether the last frame is followed by bytes that are not a frame. */
    private boolean trailing;

    /** Decodes frames. */
    private static final class Frames extends ZstdBufferDecompressingStreamNoFinalizer {
        Frames() throws IOException {
            super(NOTHING);
            boolean limited = false;
            try {
                setLongMax(MAX_WINDOW_LOG);
                limited = true;
            } finally {
                if (!limited) {
                    close();
                }
            }
        }

        /** Makes one step, at most to the end of a frame. Returns whether it consumed or produced bytes. */
        boolean step(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
            int before = encoded.remaining();
            source = encoded;
            return read(decoded) > 0 || encoded.remaining() < before;
        }

        /** Whether a frame has ended. */
        boolean atEnd() {
            source = NOTHING;
            return !hasRemaining();
        }

        /** Whether this object can decode another frame. It cannot if the last frame and the input ended together. */
        boolean accepts(ByteBuffer next) {
            source = next;
            return hasRemaining();
        }
    }

    ZstdCodec() throws IOException {}

    @Override
    public boolean decode(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
        boolean more = true;
        while (more && decoded.hasRemaining() && (!between || begin(encoded))) {
            more = step(magic.hasRemaining() ? magic : encoded, decoded);
            if (frames.atEnd()) {
                between = true;
                magic.clear();
            }
        }
        return trailing || between && magic.position() == 0;
    }

    private boolean step(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
        try {
            return frames.step(encoded, decoded);
        } catch (ZstdIOException e) {
            if (e.getErrorCode() != Zstd.errFrameParameterWindowTooLarge()) {
                throw e;
            }
            ContentDecoder.CodecException tooLarge = new ContentDecoder.CodecException(
                    DecodingException.Reason.WINDOW,
                    "a window has more than %d MiB".formatted(1 << MAX_WINDOW_LOG - 20));
            tooLarge.initCause(e);
            throw tooLarge;
        }
    }

    /** Begins the next frame if its magic number has arrived. Leaves other bytes in the input. */
    private boolean begin(ByteBuffer encoded) throws IOException {
        while (magic.hasRemaining() && encoded.hasRemaining() && !trailing) {
            trailing = !continues(encoded.get(encoded.position()));
            if (!trailing) {
                magic.put(encoded.get());
            }
        }
        if (trailing || magic.hasRemaining()) {
            return false;
        }
        magic.flip();
        between = false;
        if (!frames.accepts(magic)) {
            frames.close();
            frames = new Frames();
        }
        return true;
    }

    /** Whether this byte can be the next byte of a magic number. The lowest byte of the number comes first. */
    private boolean continues(byte next) {
        int index = magic.position();
        if (index == 0) {
            return next == (byte) FRAME || (next & ~SKIPPABLE_VARIANTS) == (SKIPPABLE_FRAME & 0xff);
        }
        int number = magic.get(0) == (byte) FRAME ? FRAME : SKIPPABLE_FRAME;
        return next == (byte) (number >> 8 * index);
    }

    @Override
    public void close() {
        frames.close();
    }
}

package io.httpipe.zstd;

import com.github.luben.zstd.ZstdBufferDecompressingStreamNoFinalizer;
import io.httpipe.ContentDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes one body. For one thread at a time. */
final class ZstdCodec implements ContentDecoder.Codec {
    /** RFC 9659: a window has at most 2^23 bytes. */
    private static final int MAX_WINDOW_LOG = 23;

    private Frames frames = new Frames();

    /** Decodes frames until one of them ends together with its input. */
    private static final class Frames extends ZstdBufferDecompressingStreamNoFinalizer {
        Frames() throws IOException {
            super(ByteBuffer.allocate(0));
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

        /** Decodes once; returns whether bytes were consumed or produced. */
        boolean step(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
            int before = encoded.remaining();
            source = encoded;
            return read(decoded) > 0 || encoded.remaining() < before;
        }
    }

    ZstdCodec() throws IOException {}

    @Override
    public boolean decode(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
        if (!frames.hasRemaining() && encoded.hasRemaining()) {
            // The last frame has ended, and the next one begins.
            frames.close();
            frames = new Frames();
        }
        boolean more = true;
        while (more && frames.hasRemaining() && decoded.hasRemaining()) {
            more = frames.step(encoded, decoded);
        }
        return !encoded.hasRemaining() && !frames.hasRemaining();
    }

    @Override
    public void close() {
        frames.close();
    }
}

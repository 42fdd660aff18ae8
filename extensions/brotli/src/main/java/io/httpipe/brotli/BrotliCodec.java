package io.httpipe.brotli;

import com.aayushatharva.brotli4j.decoder.DecoderJNI;
import io.httpipe.ContentDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes one body. For one thread at a time. */
final class BrotliCodec implements ContentDecoder.Codec {
    private static final int INPUT_SIZE = 1 << 13;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final DecoderJNI.Wrapper decoder = new DecoderJNI.Wrapper(INPUT_SIZE);

    /** Decoded bytes that the output had no space for. They belong to the decoder. */
    private ByteBuffer decodedBytes = NOTHING;

    private boolean closed;

    BrotliCodec() throws IOException {}

    @Override
    public boolean decode(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
        while (true) {
            move(decodedBytes, decoded);
            if (decodedBytes.hasRemaining()) {
                return false;
            }
            DecoderJNI.Status status = decoder.getStatus();
            if (status == DecoderJNI.Status.NEEDS_MORE_OUTPUT || decoder.hasOutput()) {
                if (!decoded.hasRemaining()) {
                    return false;
                }
                decodedBytes = decoder.pull();
            } else if (status == DecoderJNI.Status.DONE) {
                return true;
            } else if (status == DecoderJNI.Status.OK) {
                decoder.push(0);
            } else if (status == DecoderJNI.Status.NEEDS_MORE_INPUT) {
                if (!encoded.hasRemaining()) {
                    return false;
                }
                ByteBuffer input = decoder.getInputBuffer();
                input.clear();
                int count = move(encoded, input);
                decoder.push(count);
            } else {
                throw new IOException("it is malformed, or other bytes follow its end");
            }
        }
    }

    /** Copies as many bytes as fit. */
    private static int move(ByteBuffer from, ByteBuffer to) {
        int count = Math.min(from.remaining(), to.remaining());
        to.put(to.position(), from, from.position(), count);
        to.position(to.position() + count);
        from.position(from.position() + count);
        return count;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            decodedBytes = NOTHING;
            decoder.destroy();
        }
    }
}

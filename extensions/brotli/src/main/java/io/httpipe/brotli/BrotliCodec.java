package io.httpipe.brotli;

import com.aayushatharva.brotli4j.decoder.DecoderJNI;
import io.httpipe.ContentDecoder;
import io.httpipe.DecodingException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes one body. For one thread at a time. */
final class BrotliCodec implements ContentDecoder.Codec {
    private static final int INPUT_SIZE = 1 << 13;

    /**
     * How many bytes at the start of each input are decoded one by one. The library fails if it gets the last bytes of
     * the encoded data together with bytes that follow. If the last bytes have no output, this failure looks like
     * malformed data.
     */
    private static final int SINGLE_BYTES = 4;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final DecoderJNI.Wrapper decoder = new DecoderJNI.Wrapper(INPUT_SIZE);

    /** Decoded bytes that the output had no space for. They belong to the decoder. */
    private ByteBuffer decodedBytes = NOTHING;

    /** Whether the last call of the library returned output. */
    private boolean pulled;

    private boolean closed;

    BrotliCodec() throws IOException {}

    @Override
    public boolean decode(ByteBuffer encoded, ByteBuffer decoded) throws IOException {
        int singles = SINGLE_BYTES;
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
                pulled = true;
            } else if (status == DecoderJNI.Status.DONE) {
                return true;
            } else if (status == DecoderJNI.Status.OK) {
                decoder.push(0);
                pulled = false;
            } else if (status == DecoderJNI.Status.NEEDS_MORE_INPUT) {
                if (!encoded.hasRemaining()) {
                    return false;
                }
                ByteBuffer input = decoder.getInputBuffer();
                input.clear().limit(singles > 0 ? 1 : input.capacity());
                singles--;
                int count = move(encoded, input);
                decoder.push(count);
                pulled = false;
            } else if (pulled) {
                // After output, the library fails only if the data has ended and input is left over.
                throw new ContentDecoder.CodecException(
                        DecodingException.Reason.TRAILING_DATA, "bytes follow the end of the encoded data");
            } else {
                throw new IOException("it is malformed");
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

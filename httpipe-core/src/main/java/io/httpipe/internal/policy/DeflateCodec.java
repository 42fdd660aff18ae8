package io.httpipe.internal.policy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.Inflater;

/**
 * Decodes the coding "deflate": the zlib format (RFC 1950), or the bare DEFLATE format (RFC 1951) that some servers
 * send instead (RFC 9110, section 8.4.1.2). The first two bytes show which one it is.
 */
final class DeflateCodec extends InflaterCodec {
    /** The first two bytes, which are checked before the inflater gets them. */
    private final ByteBuffer start = ByteBuffer.allocate(2);

    private boolean known;

    DeflateCodec() {
        super(new Inflater());
    }

    @Override
    public boolean decode(ByteBuffer in, ByteBuffer out) throws IOException {
        if (!known) {
            while (start.hasRemaining() && in.hasRemaining()) {
                start.put(in.get());
            }
            if (start.hasRemaining()) {
                return false;
            }
            start.flip();
            known = true;
            if (!isZlib(start.get(0) & 0xff, start.get(1) & 0xff)) {
                inflater.end();
                inflater = new Inflater(true);
            }
        }
        boolean ended = start.hasRemaining() && inflate(start, out);
        return ended || !start.hasRemaining() && inflate(in, out);
    }

    /** Whether two bytes are a zlib header (RFC 1950, section 2.2). */
    private static boolean isZlib(int first, int second) {
        return (first & 0x0f) == 8 && first >> 4 <= 7 && (first << 8 | second) % 31 == 0;
    }
}

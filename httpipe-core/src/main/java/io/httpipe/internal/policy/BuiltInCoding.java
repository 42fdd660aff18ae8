package io.httpipe.internal.policy;

import java.nio.ByteBuffer;

/**
 * A content coding that the JDK can decode.
 *
 * @param gzip whether it is gzip; otherwise it is deflate
 */
record BuiltInCoding(boolean gzip) implements ContentCoding {
    @Override
    public String name() {
        return gzip ? "gzip" : "deflate";
    }

    @Override
    public boolean cleansItself() {
        return true;
    }

    @Override
    public int decodedLength(ByteBuffer encoded) {
        return gzip ? GzipCodec.decodedLength(encoded) : 0;
    }

    @Override
    public Codec open() {
        return gzip ? new GzipCodec() : new DeflateCodec();
    }
}

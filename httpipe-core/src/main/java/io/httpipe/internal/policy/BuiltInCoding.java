package io.httpipe.internal.policy;

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
    public Codec open() {
        return gzip ? new GzipCodec() : new DeflateCodec();
    }
}

package io.httpipe.internal.call;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** A body that is compressed with gzip (RFC 1952). */
public final class GzipBody implements OutgoingBody {
    /** Bytes in memory, up to this many, are compressed when the body is created, so that the length is known. */
    private static final int AT_ONCE = 1 << 20;

    private final OutgoingBody inner;

    /** Whether the inner body is compressed already. */
    private final boolean compressed;

    private GzipBody(OutgoingBody inner, boolean compressed) {
        this.inner = inner;
        this.compressed = compressed;
    }

    /** Returns a body that sends another one compressed. */
    public static GzipBody of(OutgoingBody plain) {
        if (plain.contentEncoding() != null) {
            throw new IllegalArgumentException("body is compressed already");
        }
        if (!(plain instanceof BytesBody bytes) || bytes.length() > AT_ONCE) {
            return new GzipBody(plain, false);
        }
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            compress(all, -1, bytes::copyTo);
            return new GzipBody(new BytesBody(all.toByteArray(), bytes.mediaType()), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the bytes of a body. */
    @FunctionalInterface
    private interface Writer {
        void writeTo(OutputStream output) throws IOException;
    }

    private static void compress(OutputStream output, long announced, Writer plain) throws IOException {
        GzipOutput encoder = new GzipOutput(output);
        try {
            plain.writeTo(encoder);
            encoder.requireLength(announced);
            encoder.finish();
        } finally {
            encoder.free();
        }
    }

    @Override
    public @Nullable String mediaType() {
        return inner.mediaType();
    }

    @Override
    public String contentEncoding() {
        return "gzip";
    }

    @Override
    public long length() throws IOException {
        return compressed ? inner.length() : -1;
    }

    @Override
    public boolean repeatable() {
        return inner.repeatable();
    }

    @Override
    public void requireUnsent(boolean begins) {
        inner.requireUnsent(begins);
    }

    @Override
    public boolean isUsed() {
        return inner.isUsed();
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        if (compressed) {
            inner.writeTo(output);
        } else {
            compress(output, inner.length(), inner::encodeTo);
        }
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        if (compressed) {
            inner.encodeTo(encoder);
        } else {
            compress(encoder, inner.length(), inner::encodeTo);
        }
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        if (compressed) {
            inner.copyTo(output);
        } else {
            compress(output, inner.length(), inner::copyTo);
        }
    }

    @Override
    public boolean mayBlock() {
        return inner.mayBlock();
    }

    @Override
    public void readBy(long deadline) {
        inner.readBy(deadline);
    }

    @Override
    public void abandon() {
        inner.abandon();
    }

    @Override
    public void release() throws IOException {
        inner.release();
    }

    @Override
    public boolean fitsOneWrite() {
        return compressed && inner.fitsOneWrite();
    }

    @Override
    public String toString() {
        return "gzip of " + inner;
    }
}

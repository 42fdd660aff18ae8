package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A body of bytes in memory. */
public sealed class BytesBody implements OutgoingBody permits FormBody {
    private final byte[] bytes;
    private final @Nullable String mediaType;

    public BytesBody(byte[] bytes) {
        this(bytes, null);
    }

    BytesBody(byte[] bytes, @Nullable String mediaType) {
        this.bytes = bytes;
        this.mediaType = mediaType;
    }

    @Override
    public @Nullable String mediaType() {
        return mediaType;
    }

    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public boolean fitsOneWrite() {
        return bytes.length < BodyOutput.CHUNK;
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        output.write(bytes, 0, bytes.length);
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        output.write(bytes);
    }

    /** Whether this body contains these bytes. */
    final boolean contains(byte[] searched) {
        for (int at = 0; at <= bytes.length - searched.length; at++) {
            if (Arrays.equals(bytes, at, at + searched.length, searched, 0, searched.length)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "%d bytes".formatted(bytes.length);
    }
}

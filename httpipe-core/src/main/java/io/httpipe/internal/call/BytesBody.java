package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;

/** A body of bytes in memory. */
public final class BytesBody implements OutgoingBody {
    private final byte[] bytes;

    public BytesBody(byte[] bytes) {
        this.bytes = bytes;
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

    @Override
    public String toString() {
        return "%d bytes".formatted(bytes.length);
    }
}

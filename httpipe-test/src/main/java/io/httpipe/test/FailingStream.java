package io.httpipe.test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream of some bytes. After them, each read throws the same exception. */
final class FailingStream extends InputStream {
    private final ByteArrayInputStream bytes;
    private final IOException failure;

    FailingStream(byte[] bytes, int count, IOException failure) {
        this.bytes = new ByteArrayInputStream(bytes, 0, count);
        this.failure = failure;
    }

    @Override
    public int read() throws IOException {
        int next = bytes.read();
        if (next < 0) {
            throw failure;
        }
        return next;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        int read = bytes.read(into, offset, count);
        if (read < 0) {
            throw failure;
        }
        return read;
    }

    @Override
    public int available() {
        return bytes.available();
    }
}

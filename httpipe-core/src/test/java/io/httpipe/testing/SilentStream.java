package io.httpipe.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;

/** Returns some bytes and then blocks until it is closed. An interrupt does not end the wait. */
public final class SilentStream extends InputStream {
    private final ByteArrayInputStream first;
    private final CountDownLatch closed = new CountDownLatch(1);

    public SilentStream(int bytes) {
        first = new ByteArrayInputStream(new byte[bytes]);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0];
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        if (first.available() == 0) {
            awaitClose();
        }
        return first.read(buffer, offset, count);
    }

    @Override
    public int available() {
        return first.available();
    }

    private void awaitClose() {
        boolean interrupted = false;
        while (closed.getCount() > 0) {
            try {
                closed.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}

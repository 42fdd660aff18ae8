package io.httpipe.internal.policy;

import io.httpipe.internal.connect.CallTimeouts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Hashes the bytes that are written. Throws after the deadline of a call or an interrupt. For one thread. */
final class HashOutput extends OutputStream {
    private final MessageDigest function;
    private final CallTimeouts timeouts;

    HashOutput(MessageDigest function, CallTimeouts timeouts) {
        this.function = function;
        this.timeouts = timeouts;
    }

    @Override
    public void write(int oneByte) throws IOException {
        requireTime();
        function.update((byte) oneByte);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        requireTime();
        function.update(bytes, offset, count);
    }

    private void requireTime() throws IOException {
        if (Thread.currentThread().isInterrupted() || timeouts.isExpired()) {
            throw new InterruptedIOException("the call has ended");
        }
    }

    byte[] digest() {
        return function.digest();
    }
}

package io.httpipe.internal.call;

import java.io.IOException;
import java.util.Arrays;

/** Holds the part of a response body that was read before the caller asked for it. Not thread-safe. */
final class ReadAheadBuffer {
    private static final int INITIAL_SIZE = 8192;

    private final long limit;
    private byte[] bytes;
    private int start;
    private int end;

    /** Reads body bytes as {@link BodySource#read} does. */
    @FunctionalInterface
    interface Reader {
        int read(byte[] into, int offset, int count) throws IOException;
    }

    /** A buffer for at most this many bytes in all, including those that have been taken. */
    ReadAheadBuffer(long limit) {
        this.limit = Math.min(limit, CallFactory.LARGEST_ARRAY);
        this.bytes = new byte[(int) Math.min(limit, INITIAL_SIZE)];
    }

    /** Adds the bytes of one read. Adds nothing at the end of the body. */
    void fill(Reader reader) throws IOException {
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, 2L * bytes.length));
        }
        end += Math.max(0, reader.read(bytes, end, bytes.length - end));
    }

    int take(byte[] into, int offset, int count) {
        int taken = Math.min(count, size());
        System.arraycopy(bytes, start, into, offset, taken);
        start += taken;
        return taken;
    }

    int size() {
        return end - start;
    }

    boolean isFull() {
        return end == limit;
    }
}

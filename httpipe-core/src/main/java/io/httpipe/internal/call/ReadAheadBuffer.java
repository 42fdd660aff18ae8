package io.httpipe.internal.call;

import java.io.IOException;
import java.util.Arrays;

/** The part of a response body that was read before the caller asked for it. Used by one thread at a time. */
final class ReadAheadBuffer {
    private static final int FIRST = 8192;

    private final long most;
    private byte[] room;
    private int start;
    private int end;

    /** Reads body bytes as {@link BodySource#read} does. */
    @FunctionalInterface
    interface From {
        int read(byte[] into, int offset, int count) throws IOException;
    }

    /** Holds up to this many bytes. */
    ReadAheadBuffer(long most) {
        this.most = most;
        this.room = new byte[(int) Math.min(most, FIRST)];
    }

    /** Reads once; nothing changes at the end of the body. */
    void fill(From from) throws IOException {
        if (end == room.length) {
            room = Arrays.copyOf(room, (int) Math.min(most, 2L * room.length));
        }
        end += Math.max(0, from.read(room, end, room.length - end));
    }

    int take(byte[] into, int offset, int count) {
        int taken = Math.min(count, size());
        System.arraycopy(room, start, into, offset, taken);
        start += taken;
        return taken;
    }

    int size() {
        return end - start;
    }

    boolean isFull() {
        return end == most;
    }
}

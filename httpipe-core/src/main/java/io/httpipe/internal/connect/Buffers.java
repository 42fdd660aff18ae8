package io.httpipe.internal.connect;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Heap buffers that are lent only while octets are on their way, so that an idle connection, or a thread that waits
 * for an answer, holds at most a small one. Giving one back is a courtesy: what is not given back is garbage.
 */
final class Buffers {
    /** Enough for most response heads, and all that a waiting call holds. */
    static final Buffers SMALL = new Buffers(1024);

    /** For bodies, and for a whole TLS record with its overhead. */
    static final Buffers LARGE = new Buffers(17 * 1024);

    /** For long bodies that are read bit by bit. */
    static final Buffers BULK = new Buffers(64 * 1024);

    private static final int SLOTS = 64;

    /** How many slots are looked at before a new buffer is made or an old one dropped. */
    private static final int PROBES = 4;

    private final int size;
    private final AtomicReferenceArray<ByteBuffer> slots = new AtomicReferenceArray<>(SLOTS);

    private Buffers(int size) {
        this.size = size;
    }

    int size() {
        return size;
    }

    /** An empty buffer, to be written into. */
    ByteBuffer take() {
        int first = first();
        for (int i = 0; i < PROBES; i++) {
            int slot = first + i & SLOTS - 1;
            if (slots.getPlain(slot) != null) {
                ByteBuffer buffer = slots.getAndSet(slot, null);
                if (buffer != null) {
                    return buffer.clear();
                }
            }
        }
        return ByteBuffer.allocate(size);
    }

    /** Takes back a buffer that {@link #take} lent; nobody may use it any more. */
    static void give(ByteBuffer buffer) {
        if (buffer.capacity() == SMALL.size) {
            SMALL.put(buffer);
        } else if (buffer.capacity() == LARGE.size) {
            LARGE.put(buffer);
        } else if (buffer.capacity() == BULK.size) {
            BULK.put(buffer);
        }
    }

    private void put(ByteBuffer buffer) {
        int first = first();
        for (int i = 0; i < PROBES; i++) {
            if (slots.compareAndSet(first + i & SLOTS - 1, null, buffer)) {
                return;
            }
        }
    }

    /** Spreads threads over the slots, so that they seldom meet. */
    private static int first() {
        return (int) Thread.currentThread().threadId() * 0x9e3779b9 >>> 26;
    }
}

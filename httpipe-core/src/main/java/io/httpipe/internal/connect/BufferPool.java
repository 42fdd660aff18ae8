package io.httpipe.internal.connect;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Heap buffers that are lent only while octets are on their way, so that an idle connection, or a thread that waits
 * for an answer, holds at most a small one. Giving one back is a courtesy: what is not given back is garbage.
 */
final class BufferPool {
    /** Enough for most response heads, and all that a waiting call holds. */
    static final BufferPool SMALL = new BufferPool(1024, 64);

    /** For bodies, and for a whole TLS record with its overhead. */
    static final BufferPool LARGE = new BufferPool(17 * 1024, 64);

    /** For long bodies that are read bit by bit. */
    static final BufferPool BULK = new BufferPool(64 * 1024, 64);

    /** For the beginning of bodies that are longer still and are to be in memory as a whole. */
    static final BufferPool HUGE = new BufferPool(256 * 1024, 8);

    /** All of them, the smallest first. */
    private static final BufferPool[] ALL = {SMALL, LARGE, BULK, HUGE};

    /** How many slots are looked at before a new buffer is made or an old one dropped. */
    private static final int PROBES = 4;

    private final int size;
    private final AtomicReferenceArray<ByteBuffer> slots;

    /** Makes a place for buffers of a size; the number of slots is a power of two. */
    private BufferPool(int size, int slots) {
        this.size = size;
        this.slots = new AtomicReferenceArray<>(slots);
    }

    int size() {
        return size;
    }

    /** An empty buffer, to be written into. */
    ByteBuffer take() {
        int first = first();
        for (int i = 0; i < PROBES; i++) {
            int slot = first + i & slots.length() - 1;
            if (slots.getPlain(slot) != null) {
                ByteBuffer buffer = slots.getAndSet(slot, null);
                if (buffer != null) {
                    return buffer.clear();
                }
            }
        }
        return ByteBuffer.allocate(size);
    }

    /** Takes back a buffer that {@link #take} lent; nobody may use it any more. One of another size is let go. */
    static void give(ByteBuffer buffer) {
        for (BufferPool buffers : ALL) {
            if (buffers.size == buffer.capacity()) {
                buffers.put(buffer);
                return;
            }
        }
    }

    /** The buffers of the next larger size; null if there are none. */
    static @Nullable BufferPool largerThan(int size) {
        for (BufferPool buffers : ALL) {
            if (buffers.size > size) {
                return buffers;
            }
        }
        return null;
    }

    private void put(ByteBuffer buffer) {
        int first = first();
        for (int i = 0; i < PROBES; i++) {
            if (slots.compareAndSet(first + i & slots.length() - 1, null, buffer)) {
                return;
            }
        }
    }

    /** Spreads threads over the slots, so that they seldom meet. */
    private static int first() {
        return (int) Thread.currentThread().threadId() * 0x9e3779b9 >>> 26;
    }
}

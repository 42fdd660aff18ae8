package io.httpipe.internal.connect;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Lends heap buffers of one size while bytes are being moved. An idle connection holds no buffer, and a thread that
 * waits for an answer holds at most a small one. A buffer that is not given back becomes garbage. Thread-safe, without
 * locks.
 */
final class BufferPool {
    /** Enough for most response heads. A thread that waits for the first byte of an answer holds no larger buffer. */
    static final BufferPool SMALL = new BufferPool(1024, 64);

    /** For bodies, and for a whole TLS record with its overhead. */
    static final BufferPool LARGE = new BufferPool(17 * 1024, 64);

    /** For long bodies that are read in small pieces. */
    static final BufferPool BULK = new BufferPool(64 * 1024, 64);

    /** For the beginning of even longer bodies that are collected in memory. */
    static final BufferPool HUGE = new BufferPool(256 * 1024, 8);

    /** All pools, the smallest size first. */
    private static final BufferPool[] ALL = {SMALL, LARGE, BULK, HUGE};

    /** How many slots are tried before a new buffer is allocated, or a returned one dropped. */
    private static final int PROBES = 4;

    private final int size;
    private final AtomicReferenceArray<ByteBuffer> slots;

    /** Creates a pool for buffers of one size. The number of slots must be a power of two. */
    private BufferPool(int size, int slots) {
        this.size = size;
        this.slots = new AtomicReferenceArray<>(slots);
    }

    int size() {
        return size;
    }

    /** Returns an empty buffer. */
    ByteBuffer take() {
        int first = firstSlot();
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

    /**
     * Takes back a buffer that {@link #take} lent. It must not be used afterwards. A buffer whose size no pool has is
     * dropped.
     */
    static void give(ByteBuffer buffer) {
        for (BufferPool pool : ALL) {
            if (pool.size == buffer.capacity()) {
                pool.put(buffer);
                return;
            }
        }
    }

    /** Returns the pool of the next larger size; null if there is none. */
    static @Nullable BufferPool largerThan(int size) {
        for (BufferPool pool : ALL) {
            if (pool.size > size) {
                return pool;
            }
        }
        return null;
    }

    private void put(ByteBuffer buffer) {
        int first = firstSlot();
        for (int i = 0; i < PROBES; i++) {
            if (slots.compareAndSet(first + i & slots.length() - 1, null, buffer)) {
                return;
            }
        }
    }

    /** Spreads threads over the slots, so that they seldom use the same one. */
    private static int firstSlot() {
        return (int) Thread.currentThread().threadId() * 0x9e3779b9 >>> 26;
    }
}

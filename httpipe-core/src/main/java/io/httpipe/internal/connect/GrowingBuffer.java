package io.httpipe.internal.connect;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Arrays in which a body comes together in memory. Room grows with what comes, not with what is promised. An
 * array with room for the whole body is for the caller to keep. All that are smaller are lent by {@link BufferPool}, as far
 * as those go, and so need be neither allocated nor cleared; after a failure nobody gives them back.
 */
public final class GrowingBuffer {
    /** How much larger the next array is where none is lent. */
    private static final int GROWTH = 4;

    private GrowingBuffer() {}

    /** The first array for a body that may have so many octets, or, if that is what the server announces, has. */
    public static byte[] first(long most, boolean announced) {
        BufferPool least = announced ? BufferPool.BULK : BufferPool.SMALL;
        return least.size() < most ? least.take().array() : new byte[(int) most];
    }

    /** A larger array in place of one that is full and has less room than the body may need. */
    public static byte[] larger(byte[] full, long most) {
        BufferPool next = BufferPool.largerThan(full.length);
        long size = next == null ? (long) GROWTH * full.length : next.size();
        byte[] larger;
        if (next == null || size >= most) {
            // The JDK clears only what is behind the copy.
            larger = Arrays.copyOf(full, (int) Math.min(most, size));
        } else {
            larger = next.take().array();
            System.arraycopy(full, 0, larger, 0, full.length);
        }
        BufferPool.give(ByteBuffer.wrap(full));
        return larger;
    }

    /** A body that turned out shorter than it might have been, in place of its room. */
    public static byte[] trimmed(byte[] room, int length) {
        byte[] body = Arrays.copyOf(room, length);
        BufferPool.give(ByteBuffer.wrap(room));
        return body;
    }
}

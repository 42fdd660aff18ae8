package io.httpipe.internal.connect;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Provides the arrays in which a body is collected in memory. Their size grows with the bytes that arrive, not with the
 * announced length.
 *
 * <p>An array that is large enough for the whole body belongs to the caller. Smaller arrays are lent by {@link
 * BufferPool}, up to the size of its largest buffers. They are neither allocated nor cleared each time. After a failure
 * nobody gives the lent array back; it becomes garbage.
 */
public final class GrowingBuffer {
    /** The growth factor beyond the largest size that is lent. */
    private static final int GROWTH = 4;

    private GrowingBuffer() {}

    /**
     * Returns the first array for a body.
     *
     * @param maxLength the length of the body if the server has announced it, otherwise the limit for it
     */
    public static byte[] first(long maxLength, boolean announced) {
        BufferPool buffers = announced ? BufferPool.BULK : BufferPool.SMALL;
        return buffers.size() < maxLength ? buffers.take().array() : new byte[(int) maxLength];
    }

    /** Returns a larger array with the same content, in place of a full one that is shorter than {@code maxLength}. */
    public static byte[] larger(byte[] full, long maxLength) {
        BufferPool buffers = BufferPool.largerThan(full.length);
        long size = buffers == null ? (long) GROWTH * full.length : buffers.size();
        byte[] larger;
        if (buffers == null || size >= maxLength) {
            // The JDK clears only the part behind the copied bytes.
            larger = Arrays.copyOf(full, (int) Math.min(maxLength, size));
        } else {
            larger = buffers.take().array();
            System.arraycopy(full, 0, larger, 0, full.length);
        }
        BufferPool.give(ByteBuffer.wrap(full));
        return larger;
    }

    /** Returns a body that ended before the array was full. */
    public static byte[] trimmed(byte[] array, int length) {
        byte[] body = Arrays.copyOf(array, length);
        BufferPool.give(ByteBuffer.wrap(array));
        return body;
    }
}

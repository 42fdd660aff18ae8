package io.httpipe.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Searches arrays for the bytes that end a line or a value, eight bytes at a time. */
final class ByteSearch {
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private ByteSearch() {}

    /** The index of the first line feed, or {@code to}. */
    static int lineFeed(byte[] array, int from, int to) {
        int at = from;
        for (; at <= to - 8; at += 8) {
            long found = bytesBelow((long) EIGHT_BYTES.get(array, at) ^ ONES * '\n', 1);
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        while (at < to && array[at] != '\n') {
            at++;
        }
        return at;
    }

    /** The index of the first control character (RFC 5234: below 32, or 127), or {@code to}. A tab is one too. */
    static int control(byte[] array, int from, int to) {
        int at = from;
        for (; at <= to - 8; at += 8) {
            long eight = (long) EIGHT_BYTES.get(array, at);
            long found = bytesBelow(eight, 0x20) | bytesBelow(eight ^ ONES * 0x7f, 1);
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        while (at < to && !isControl(array[at])) {
            at++;
        }
        return at;
    }

    private static boolean isControl(byte b) {
        return b >= 0 && b < 0x20 || b == 0x7f;
    }

    /**
     * Sets the high bit of each byte that is below {@code bound}, which is at most 128. Only the lowest set bit is
     * reliable, because a borrow can set bits of the bytes above it.
     */
    private static long bytesBelow(long eight, int bound) {
        return eight - ONES * bound & ~eight & HIGH_BITS;
    }
}

package io.httpipe.soak;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Generates bytes from a seed and a position, so that both sides know them and neither has to store them. */
final class GeneratedBytes {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private GeneratedBytes() {}

    /** Hashes a number with SplitMix64. */
    static long mix(long number) {
        long z = number * 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    static byte[] of(long seed, int length) {
        byte[] bytes = new byte[length];
        fill(seed, 0, bytes, 0, length);
        return bytes;
    }

    static void fill(long seed, long position, byte[] into, int offset, int count) {
        int at = 0;
        for (; at < count && (position + at & 7) != 0; at++) {
            into[offset + at] = byteAt(seed, position + at);
        }
        for (; at + 8 <= count; at += 8) {
            WORDS.set(into, offset + at, mix(seed + (position + at >>> 3)));
        }
        for (; at < count; at++) {
            into[offset + at] = byteAt(seed, position + at);
        }
    }

    private static byte byteAt(long seed, long position) {
        return (byte) (mix(seed + (position >>> 3)) >>> ((position & 7) << 3));
    }

    /** Whether these bytes are the ones of this seed at this position. */
    static boolean matches(long seed, long position, byte[] bytes, int offset, int count) {
        byte[] expected = new byte[count];
        fill(seed, position, expected, 0, count);
        return Arrays.equals(expected, 0, count, bytes, offset, offset + count);
    }

    /** Returns a stream of these bytes that returns a piece at a time, and fails after {@code breaksAt} bytes. */
    static InputStream stream(long seed, long length, long breaksAt) {
        return new InputStream() {
            private long position;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int count) throws IOException {
                if (position >= breaksAt) {
                    throw new IOException("the source breaks");
                }
                if (position == length) {
                    return -1;
                }
                int read = (int) Math.min(Math.min(count, length - position), 1 + (mix(seed ^ position) >>> 51));
                fill(seed, position, into, offset, read);
                position += read;
                return read;
            }
        };
    }
}

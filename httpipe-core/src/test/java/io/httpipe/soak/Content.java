package io.httpipe.soak;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Octets that both sides can tell from a seed and a place, so that none needs to be kept to be compared with. */
final class Content {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Content() {}

    /** A number that looks like no other one's (SplitMix64). */
    static long mix(long number) {
        long z = number * 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    static byte[] of(long seed, int length) {
        byte[] octets = new byte[length];
        fill(seed, 0, octets, 0, length);
        return octets;
    }

    static void fill(long seed, long place, byte[] into, int offset, int count) {
        int at = 0;
        for (; at < count && (place + at & 7) != 0; at++) {
            into[offset + at] = octet(seed, place + at);
        }
        for (; at + 8 <= count; at += 8) {
            WORDS.set(into, offset + at, mix(seed + (place + at >>> 3)));
        }
        for (; at < count; at++) {
            into[offset + at] = octet(seed, place + at);
        }
    }

    private static byte octet(long seed, long place) {
        return (byte) (mix(seed + (place >>> 3)) >>> ((place & 7) << 3));
    }

    /** Whether these octets are those that belong there. */
    static boolean matches(long seed, long place, byte[] octets, int offset, int count) {
        byte[] expected = new byte[count];
        fill(seed, place, expected, 0, count);
        return Arrays.equals(expected, 0, count, octets, offset, offset + count);
    }

    /** The same as a stream that gives a piece at a time; it fails when it has given {@code breaksAt} octets. */
    static InputStream stream(long seed, long length, long breaksAt) {
        return new InputStream() {
            private long place;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int count) throws IOException {
                if (place >= breaksAt) {
                    throw new IOException("the source breaks");
                }
                if (place == length) {
                    return -1;
                }
                int read = (int) Math.min(Math.min(count, length - place), 1 + (mix(seed ^ place) >>> 51));
                fill(seed, place, into, offset, read);
                place += read;
                return read;
            }
        };
    }
}

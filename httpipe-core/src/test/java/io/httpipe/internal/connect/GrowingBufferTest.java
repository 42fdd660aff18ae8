package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrowingBufferTest {
    /** Far more arrays than the pool keeps of one size. */
    private static final int MANY = 200;

    private static final int LONG = 5_000_000;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1023, 1024, 1025, 17_408, 65_535, 65_536, 65_537, 262_144, 262_145, 1_048_576, LONG})
    void anAnnouncedBodyEndsUpInItsOwnArrayThatIsNeverLentAgain(int size) {
        Set<byte[]> bodies = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < MANY && i * (long) size < 1 << 26; i++) {
            byte[] array = GrowingBuffer.first(size, true);
            while (array.length < size) {
                Arrays.fill(array, (byte) i);
                int filled = array.length;
                array = GrowingBuffer.larger(array, size);
                assertTrue(array.length > filled, "no more space");
                assertTrue(array.length <= 4L * filled, "takes %d after %d".formatted(array.length, filled));
                assertEquals(i, array[filled - 1] & 0xff, "the content is copied");
            }
            assertEquals(size, array.length);
            assertTrue(bodies.add(array), "two bodies in one array");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1024, 1025, 17_408, 17_409, 65_536, 262_144, 262_145, 1_048_576, LONG})
    void aBodyOfUnknownLengthIsTrimmedIntoItsOwnArray(int size) {
        byte[] expected = new byte[size];
        for (int i = 0; i < size; i++) {
            expected[i] = (byte) (i * 31 + i / 256);
        }
        byte[] array = GrowingBuffer.first(Long.MAX_VALUE, false);
        assertTrue(array.length <= 1024, "waits with a large array");
        int length = 0;
        while (length < size) {
            if (length == array.length) {
                int filled = array.length;
                array = GrowingBuffer.larger(array, Long.MAX_VALUE);
                assertTrue(
                        array.length <= Math.max(17 << 10, 4L * filled),
                        "takes %d after %d".formatted(array.length, filled));
            }
            int count = Math.min(array.length, size) - length;
            System.arraycopy(expected, length, array, length, count);
            length += count;
        }
        byte[] body = GrowingBuffer.trimmed(array, length);
        assertNotSame(array, body);
        Arrays.fill(array, (byte) 0);
        assertArrayEquals(expected, body);
    }

    @Test
    void aFullArrayIsLentAgain() {
        byte[] array = GrowingBuffer.first(LONG, true);
        byte[] larger = GrowingBuffer.larger(array, LONG);
        assertSame(array, GrowingBuffer.first(LONG, true));
        GrowingBuffer.larger(larger, LONG);
        assertSame(larger, GrowingBuffer.larger(GrowingBuffer.first(LONG, true), LONG));
    }
}

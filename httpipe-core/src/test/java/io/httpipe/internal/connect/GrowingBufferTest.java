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
    /** Far more than what is kept of any size. */
    private static final int MANY = 200;

    private static final int LONG = 5_000_000;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1023, 1024, 1025, 17_408, 65_535, 65_536, 65_537, 262_144, 262_145, 1_048_576, LONG})
    void whatIsAnnouncedComesTogetherInAnArrayOfItsOwnThatIsNeverLentAgain(int size) {
        Set<byte[]> bodies = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < MANY && i * (long) size < 1 << 26; i++) {
            byte[] room = GrowingBuffer.first(size, true);
            while (room.length < size) {
                Arrays.fill(room, (byte) i);
                int come = room.length;
                room = GrowingBuffer.larger(room, size);
                assertTrue(room.length > come, "no more room");
                assertTrue(room.length <= 4L * come, "takes %d after %d".formatted(room.length, come));
                assertEquals(i, room[come - 1] & 0xff, "what has come is still there");
            }
            assertEquals(size, room.length);
            assertTrue(bodies.add(room), "two bodies in one array");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1024, 1025, 17_408, 17_409, 65_536, 262_144, 262_145, 1_048_576, LONG})
    void whatIsNotAnnouncedIsTrimmedIntoAnArrayOfItsOwn(int size) {
        byte[] expected = new byte[size];
        for (int i = 0; i < size; i++) {
            expected[i] = (byte) (i * 31 + i / 256);
        }
        byte[] room = GrowingBuffer.first(Long.MAX_VALUE, false);
        assertTrue(room.length <= 1024, "waits with much");
        int length = 0;
        while (length < size) {
            if (length == room.length) {
                int come = room.length;
                room = GrowingBuffer.larger(room, Long.MAX_VALUE);
                assertTrue(
                        room.length <= Math.max(17 << 10, 4L * come), "takes %d after %d".formatted(room.length, come));
            }
            int count = Math.min(room.length, size) - length;
            System.arraycopy(expected, length, room, length, count);
            length += count;
        }
        byte[] body = GrowingBuffer.trimmed(room, length);
        assertNotSame(room, body);
        Arrays.fill(room, (byte) 0);
        assertArrayEquals(expected, body);
    }

    @Test
    void whatIsFullIsLentAgain() {
        byte[] room = GrowingBuffer.first(LONG, true);
        byte[] larger = GrowingBuffer.larger(room, LONG);
        assertSame(room, GrowingBuffer.first(LONG, true));
        GrowingBuffer.larger(larger, LONG);
        assertSame(larger, GrowingBuffer.larger(GrowingBuffer.first(LONG, true), LONG));
    }
}

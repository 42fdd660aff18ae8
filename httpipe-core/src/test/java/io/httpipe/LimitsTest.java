package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.wire.WireLimits;
import org.junit.jupiter.api.Test;

/** {@link Limits} on what a server may send. */
class LimitsTest {
    private static final Limits DEFAULTS = Limits.DEFAULT;

    @Test
    void hasTheDocumentedDefaults() {
        assertEquals(new Limits(65536, 1000, 100, 4096, 16384, 67108864, 1048576, 1000), DEFAULTS);
    }

    @Test
    void changesOnlyTheNamedLimit() {
        assertEquals(new Limits(65536, 1000, 100, 4096, 16384, 5, 1048576, 1000), DEFAULTS.maxBodySize(5));
        assertEquals(new Limits(65536, 1000, 100, 4096, 16384, 67108864, 7, 1000), DEFAULTS.eventBytes(7));
        assertEquals(new Limits(100, 1000, 100, 4096, 16384, 67108864, 1048576, 1000), DEFAULTS.headBytes(100));
        assertEquals(new Limits(65536, 7, 100, 4096, 16384, 67108864, 1048576, 1000), DEFAULTS.fieldCount(7));
        assertEquals(new Limits(65536, 1000, 7, 4096, 16384, 67108864, 1048576, 1000), DEFAULTS.informational(7));
        assertEquals(new Limits(65536, 1000, 100, 7, 16384, 67108864, 1048576, 1000), DEFAULTS.chunkLine(7));
        assertEquals(new Limits(65536, 1000, 100, 4096, 7, 67108864, 1048576, 1000), DEFAULTS.trailerBytes(7));
        assertEquals(new Limits(65536, 1000, 100, 4096, 16384, 67108864, 1048576, 7), DEFAULTS.maxRatio(7));
    }

    @Test
    void passesEachLimitToTheParsers() {
        assertEquals(new WireLimits(16, 2, 3, 4, 5), new Limits(16, 2, 3, 4, 5, 6, 1048576, 1000).wire());
    }

    @Test
    void allowsTheSmallestUsefulLimits() {
        assertEquals(0, new Limits(16, 0, 0, 3, 2, 0, 1048576, 1000).maxBodySize());
    }

    @Test
    void refusesSmallerLimitsAndNamesThem() {
        assertEquals("headBytes: 15 is less than 16", refusal(() -> new Limits(15, 0, 0, 3, 2, 0, 1048576, 1000)));
        assertEquals("eventBytes: 0 is less than 1", refusal(() -> DEFAULTS.eventBytes(0)));
        assertEquals("fieldCount: -1 is less than 0", refusal(() -> new Limits(16, -1, 0, 3, 2, 0, 1048576, 1000)));
        assertEquals("informational: -1 is less than 0", refusal(() -> new Limits(16, 0, -1, 3, 2, 0, 1048576, 1000)));
        assertEquals("chunkLine: 2 is less than 3", refusal(() -> new Limits(16, 0, 0, 2, 2, 0, 1048576, 1000)));
        assertEquals("trailerBytes: 1 is less than 2", refusal(() -> new Limits(16, 0, 0, 3, 1, 0, 1048576, 1000)));
        assertEquals("maxBodySize: -1 is less than 0", refusal(() -> new Limits(16, 0, 0, 3, 2, -1, 1048576, 1000)));
        assertEquals("maxBodySize: -5 is less than 0", refusal(() -> DEFAULTS.maxBodySize(-5)));
        assertEquals("headBytes: 0 is less than 16", refusal(() -> DEFAULTS.headBytes(0)));
        assertEquals("fieldCount: -1 is less than 0", refusal(() -> DEFAULTS.fieldCount(-1)));
        assertEquals("informational: -1 is less than 0", refusal(() -> DEFAULTS.informational(-1)));
        assertEquals("chunkLine: 2 is less than 3", refusal(() -> DEFAULTS.chunkLine(2)));
        assertEquals("trailerBytes: 1 is less than 2", refusal(() -> DEFAULTS.trailerBytes(1)));
        assertEquals("maxRatio: 0 is less than 1", refusal(() -> DEFAULTS.maxRatio(0)));
    }

    private static String refusal(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}

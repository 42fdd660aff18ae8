package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import java.util.List;

/** The input is a trailer section and what is behind it. */
public final class TrailersTarget {
    private static final byte[] BEFORE = Octets.of("0\r\n\r\n");
    private static final byte[] AFTER = Octets.of("\n\r\nContent-Length: 5\r\n\r\n");

    private TrailersTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        Reading<List<Line>> expected = PlainSection.trailers(Octets.latin1(data), HeadTarget.LIMITS);
        assertEquals(expected, read(data, 0, Cuts.whole(data.length)), "alone");
        byte[] between = Octets.join(BEFORE, data, AFTER);
        for (int[] cuts : Cuts.of(data)) {
            assertEquals(expected, read(between, BEFORE.length, cuts), "between other octets, and cut");
        }
        if (expected instanceof Reading.Whole<List<Line>> whole) {
            assertEquals(expected, read(data, 0, Cuts.whole(whole.length())), "without what is behind it");
        }
    }

    private static Reading<List<Line>> read(byte[] buffer, int from, int[] cuts) {
        HeadParser parser = new HeadParser(HeadTarget.LIMITS);
        int before = -1;
        try {
            for (int cut : cuts) {
                FieldLines trailers = parser.trailers(buffer, from, from + cut);
                if (trailers != null) {
                    int length = parser.consumed();
                    assertTrue(length <= cut, "ends behind what has arrived");
                    assertTrue(length > before, "was whole before");
                    return new Reading.Whole<>(Line.of(trailers), length);
                }
                before = cut;
            }
            return new Reading.Unfinished<>();
        } catch (MalformedException e) {
            return new Reading.Refused<>();
        }
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import java.util.List;

/** Fuzzes {@link HeadParser#trailers}. The input is a trailer section and the bytes after it. */
public final class TrailersFuzzTarget {
    private static final byte[] BEFORE = Bytes.of("0\r\n\r\n");
    private static final byte[] AFTER = Bytes.of("\n\r\nContent-Length: 5\r\n\r\n");

    private TrailersFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        ParseResult<List<FieldLine>> expected =
                ReferenceHeadParser.parseTrailers(Bytes.latin1(data), HeadFuzzTarget.LIMITS);
        assertEquals(expected, read(data, 0, InputSplitter.whole(data.length)), "alone");
        byte[] buffer = Bytes.join(BEFORE, data, AFTER);
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            assertEquals(expected, read(buffer, BEFORE.length, cuts), "amid other bytes, and cut");
        }
        if (expected instanceof ParseResult.Complete<List<FieldLine>> complete) {
            assertEquals(expected, read(data, 0, InputSplitter.whole(complete.length())), "without the bytes after it");
        }
    }

    private static ParseResult<List<FieldLine>> read(byte[] buffer, int from, int[] cuts) {
        HeadParser parser = new HeadParser(HeadFuzzTarget.LIMITS);
        int previousCut = -1;
        try {
            for (int cut : cuts) {
                FieldLines trailers = parser.trailers(buffer, from, from + cut);
                if (trailers != null) {
                    int length = parser.consumed();
                    assertTrue(length <= cut, "ends after the bytes that have arrived");
                    assertTrue(length > previousCut, "was complete at the previous cut");
                    return new ParseResult.Complete<>(FieldLine.of(trailers), length);
                }
                previousCut = cut;
            }
            return new ParseResult.Incomplete<>();
        } catch (MalformedException e) {
            return new ParseResult.Malformed<>();
        }
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.PlainChunks.Ending;
import io.httpipe.fuzz.PlainChunks.PlainBody;
import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.WireLimits;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The input is a chunked body and what is behind it. */
public final class ChunksTarget {
    private static final byte[] BEFORE = Octets.of("HTTP/1.1 200 OK\r\n\r\n2\r");
    private static final byte[] AFTER = Octets.of("\n\r\n5\r\nhello\r\n0\r\n\r\n");

    private ChunksTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        PlainBody expected = PlainChunks.body(Octets.latin1(data), HeadTarget.LIMITS);
        PlainBody alone = read(HeadTarget.LIMITS, data, 0, Cuts.whole(data.length));
        if (expected.ending() == Ending.DOOMED) {
            assertTrue(alone.ending() == Ending.UNFINISHED || alone.ending() == Ending.REFUSED, "neither whole");
            assertEquals(expected.data(), alone.data());
        } else {
            assertEquals(expected, alone, "alone");
        }
        byte[] between = Octets.join(BEFORE, data, AFTER);
        for (int[] cuts : Cuts.of(data)) {
            assertEquals(alone, read(HeadTarget.LIMITS, between, BEFORE.length, cuts), "between other octets, and cut");
        }
        if (expected.ending() == Ending.WHOLE) {
            assertEquals(
                    expected,
                    read(HeadTarget.LIMITS, data, 0, Cuts.whole(expected.length())),
                    "without what is behind it");
        }
    }

    /** What the client's decoder makes of octets that arrive in these pieces from an offset of a buffer on. */
    static PlainBody read(WireLimits limits, byte[] buffer, int from, int[] cuts) {
        ChunkedDecoder decoder = new ChunkedDecoder(limits);
        StringBuilder data = new StringBuilder();
        int at = from;
        try {
            for (int cut : cuts) {
                int to = from + cut;
                while (!decoder.done()) {
                    at = decoder.advance(buffer, at, to);
                    assertTrue(at <= to, "framing eaten that has not arrived");
                    int taken = (int) Math.min(decoder.remaining(), to - at);
                    if (taken == 0) {
                        break;
                    }
                    data.append(new String(buffer, at, taken, StandardCharsets.ISO_8859_1));
                    at += taken;
                    decoder.took(taken);
                }
                if (decoder.done()) {
                    return new PlainBody(Ending.WHOLE, data.toString(), Line.of(decoder.trailers()), at - from);
                }
            }
            return new PlainBody(Ending.UNFINISHED, data.toString(), List.of(), 0);
        } catch (MalformedException e) {
            return new PlainBody(Ending.REFUSED, data.toString(), List.of(), 0);
        }
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.ReferenceChunkParser.Ending;
import io.httpipe.fuzz.ReferenceChunkParser.ParsedBody;
import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.WireLimits;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Fuzzes {@link ChunkedDecoder}. The input is a chunked body and the bytes after it. */
public final class ChunksFuzzTarget {
    private static final byte[] BEFORE = Bytes.of("HTTP/1.1 200 OK\r\n\r\n2\r");
    private static final byte[] AFTER = Bytes.of("\n\r\n5\r\nhello\r\n0\r\n\r\n");

    private ChunksFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        ParsedBody expected = ReferenceChunkParser.parse(Bytes.latin1(data), HeadFuzzTarget.LIMITS);
        ParsedBody alone = read(HeadFuzzTarget.LIMITS, data, 0, InputSplitter.whole(data.length));
        if (expected.ending() == Ending.INCOMPLETE_AND_MALFORMED) {
            assertTrue(alone.ending() == Ending.INCOMPLETE || alone.ending() == Ending.MALFORMED, "not complete");
            assertEquals(expected.data(), alone.data());
        } else {
            assertEquals(expected, alone, "alone");
        }
        byte[] buffer = Bytes.join(BEFORE, data, AFTER);
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            assertEquals(alone, read(HeadFuzzTarget.LIMITS, buffer, BEFORE.length, cuts), "amid other bytes, and cut");
        }
        if (expected.ending() == Ending.COMPLETE) {
            assertEquals(
                    expected,
                    read(HeadFuzzTarget.LIMITS, data, 0, InputSplitter.whole(expected.length())),
                    "without the bytes after it");
        }
    }

    /** Decodes a body with the client's decoder. The body starts at {@code from}, and arrives cut into these pieces. */
    static ParsedBody read(WireLimits limits, byte[] buffer, int from, int[] cuts) {
        ChunkedDecoder decoder = new ChunkedDecoder(limits);
        StringBuilder data = new StringBuilder();
        int at = from;
        try {
            for (int cut : cuts) {
                int end = from + cut;
                while (!decoder.done()) {
                    at = decoder.advance(buffer, at, end);
                    assertTrue(at <= end, "consumed framing that has not arrived");
                    int count = (int) Math.min(decoder.remaining(), end - at);
                    if (count == 0) {
                        break;
                    }
                    data.append(new String(buffer, at, count, StandardCharsets.ISO_8859_1));
                    at += count;
                    decoder.dataTaken(count);
                }
                if (decoder.done()) {
                    return new ParsedBody(
                            Ending.COMPLETE, data.toString(), FieldLine.of(decoder.trailers()), at - from);
                }
            }
            return new ParsedBody(Ending.INCOMPLETE, data.toString(), List.of(), 0);
        } catch (MalformedException e) {
            return new ParsedBody(Ending.MALFORMED, data.toString(), List.of(), 0);
        }
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.HeadWriter;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.util.Arrays;

/** Fuzzes {@link HeadParser#head}. The input is a response head and the bytes after it. */
public final class HeadFuzzTarget {
    static final WireLimits LIMITS = new WireLimits(300, 12, 2, 32, 120);

    /** Bytes before and after the input in the buffer. They look like parts of a head. */
    private static final byte[] BEFORE = Bytes.of("HTTP/1.1 500 Old\r\nX-Old: 1\r\n\r\n\r");

    private static final byte[] AFTER = Bytes.of("\r\n\r\nHTTP/1.1 500 New\r\nX-New: 1\r\n\r\n");

    private HeadFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        ParseResult<ParsedHead> expected = ReferenceHeadParser.parseHead(Bytes.latin1(data), LIMITS);
        assertEquals(expected, read(LIMITS, data, 0, InputSplitter.whole(data.length)), "alone");
        byte[] buffer = Bytes.join(BEFORE, data, AFTER);
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            assertEquals(expected, read(LIMITS, buffer, BEFORE.length, cuts), "amid other bytes, and cut");
        }
        if (expected instanceof ParseResult.Complete<ParsedHead>(ParsedHead head, int length)) {
            assertEquals(expected, read(LIMITS, data, 0, InputSplitter.whole(length)), "without the bytes after it");
            byte[] reencoded = encode(head);
            if (reencoded.length <= LIMITS.headBytes()) {
                assertEquals(
                        render(head),
                        read(LIMITS, reencoded, 0, InputSplitter.whole(reencoded.length))
                                        instanceof ParseResult.Complete<ParsedHead> complete
                                ? render(complete.value())
                                : "refused",
                        "encoded and parsed again");
            }
        }
    }

    /** Parses a head with the client's parser. The head starts at {@code from}, and arrives cut into these pieces. */
    static ParseResult<ParsedHead> read(WireLimits limits, byte[] buffer, int from, int[] cuts) {
        HeadParser parser = new HeadParser(limits);
        int previousCut = -1;
        try {
            for (int cut : cuts) {
                ResponseHead head = parser.head(buffer, from, from + cut);
                if (head != null) {
                    int length = parser.consumed();
                    assertTrue(length <= cut, "ends after the bytes that have arrived");
                    assertTrue(length > previousCut, "was complete at the previous cut");
                    return new ParseResult.Complete<>(ParsedHead.of(head), length);
                }
                previousCut = cut;
            }
            return new ParseResult.Incomplete<>();
        } catch (MalformedException e) {
            return new ParseResult.Malformed<>();
        }
    }

    private static byte[] encode(ParsedHead head) {
        String line = "HTTP/1.%d %d %s\r\n".formatted(head.minorVersion(), head.status(), head.reason());
        HeadWriter fields = new HeadWriter();
        for (FieldLine field : head.fields()) {
            fields.field(field.name(), field.value());
        }
        fields.end();
        return Bytes.join(Bytes.of(line), Arrays.copyOf(fields.bytes(), fields.length()));
    }

    private static String render(ParsedHead head) {
        StringBuilder text = new StringBuilder("%d %d %s".formatted(head.minorVersion(), head.status(), head.reason()));
        head.fields()
                .forEach(f -> text.append('\n').append(f.name()).append(':').append(f.value()));
        return text.toString();
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.PlainSection.PlainHead;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.HeadWriter;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.util.Arrays;

/** The input is what a server sends first: a head, perhaps with more behind it. */
public final class HeadTarget {
    static final WireLimits LIMITS = new WireLimits(300, 12, 2, 32, 120);

    /** What may lie in front of a head in the buffer, and behind what has arrived of it; made to look like a part. */
    private static final byte[] BEFORE = Octets.of("HTTP/1.1 500 Old\r\nX-Old: 1\r\n\r\n\r");

    private static final byte[] AFTER = Octets.of("\r\n\r\nHTTP/1.1 500 New\r\nX-New: 1\r\n\r\n");

    private HeadTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        Reading<PlainHead> expected = PlainSection.head(Octets.latin1(data), LIMITS);
        assertEquals(expected, read(LIMITS, data, 0, Cuts.whole(data.length)), "alone");
        byte[] between = Octets.join(BEFORE, data, AFTER);
        for (int[] cuts : Cuts.of(data)) {
            assertEquals(expected, read(LIMITS, between, BEFORE.length, cuts), "between other octets, and cut");
        }
        if (expected instanceof Reading.Whole<PlainHead>(PlainHead head, int length)) {
            assertEquals(expected, read(LIMITS, data, 0, Cuts.whole(length)), "without what is behind it");
            byte[] again = encode(head);
            if (again.length <= LIMITS.headBytes()) {
                assertEquals(
                        render(head),
                        read(LIMITS, again, 0, Cuts.whole(again.length)) instanceof Reading.Whole<PlainHead> whole
                                ? render(whole.value())
                                : "refused",
                        "encoded and parsed again");
            }
        }
    }

    /** What the client's parser makes of octets that arrive in these pieces from an offset of a buffer on. */
    static Reading<PlainHead> read(WireLimits limits, byte[] buffer, int from, int[] cuts) {
        HeadParser parser = new HeadParser(limits);
        int before = -1;
        try {
            for (int cut : cuts) {
                ResponseHead head = parser.head(buffer, from, from + cut);
                if (head != null) {
                    int length = parser.consumed();
                    assertTrue(length <= cut, "ends behind what has arrived");
                    assertTrue(length > before, "was whole before");
                    return new Reading.Whole<>(PlainHead.of(head), length);
                }
                before = cut;
            }
            return new Reading.Unfinished<>();
        } catch (MalformedException e) {
            return new Reading.Refused<>();
        }
    }

    private static byte[] encode(PlainHead head) {
        String line = "HTTP/1.%d %d %s\r\n".formatted(head.minorVersion(), head.status(), head.reason());
        HeadWriter fields = new HeadWriter();
        for (Line field : head.fields()) {
            fields.field(field.name(), field.value());
        }
        fields.end();
        return Octets.join(Octets.of(line), Arrays.copyOf(fields.bytes(), fields.length()));
    }

    private static String render(PlainHead head) {
        StringBuilder text = new StringBuilder("%d %d %s".formatted(head.minorVersion(), head.status(), head.reason()));
        head.fields()
                .forEach(f -> text.append('\n').append(f.name()).append(':').append(f.value()));
        return text.toString();
    }
}

package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Feeds response heads to the parser whole, byte by byte and amid other bytes, and checks that the results agree. */
final class ParserHarness {
    static final WireLimits LIMITS = new WireLimits(64 << 10, 1_000, 100, 4 << 10, 16 << 10);

    /** Bytes before a head in the buffer: an earlier response that looks like a part of this one. */
    private static final String BEFORE = "\r\n\r\nHTTP/1.1 500 Old\r\nX-Old: 1\r\n\r\n\r";

    /** Bytes after a head in the buffer: a body that looks like fields and line ends. */
    private static final String AFTER = "\r\n\r\nHTTP/1.1 500 New\r\nX-New: 1\r\n\r\n";

    private ParserHarness() {}

    static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    static ResponseHead parseHead(String text) throws MalformedException {
        return parseHead(LIMITS, text);
    }

    /** Parses a head. Checks that it is the same however it arrives, and that it ends at the last byte of the text. */
    static ResponseHead parseHead(WireLimits limits, String text) throws MalformedException {
        HeadParser parser = new HeadParser(limits);
        ResponseHead whole = parser.head(bytes(text), 0, text.length());
        assertNotNull(whole, "the head is complete: " + Ascii.quote(text));
        assertEquals(text.length(), parser.consumed());

        ResponseHead byteByByte = parseHeadByteByByte(limits, text);
        assertEquals(render(whole), render(byteByByte), "byte by byte");

        byte[] buffer = bytes(BEFORE + text + AFTER);
        ResponseHead amidOthers = parser.head(buffer, BEFORE.length(), buffer.length);
        assertNotNull(amidOthers);
        assertEquals(render(whole), render(amidOthers), "amid other bytes");
        assertEquals(text.length(), parser.consumed(), "bytes after the head are not consumed");
        return whole;
    }

    private static ResponseHead parseHeadByteByByte(WireLimits limits, String text) throws MalformedException {
        byte[] buffer = bytes(BEFORE + text + AFTER);
        HeadParser parser = new HeadParser(limits);
        for (int length = 0; length < text.length(); length++) {
            assertNull(
                    parser.head(buffer, BEFORE.length(), BEFORE.length() + length),
                    "not complete after %d bytes".formatted(length));
        }
        ResponseHead head = parser.head(buffer, BEFORE.length(), BEFORE.length() + text.length());
        assertNotNull(head, "complete at its last byte");
        assertEquals(text.length(), parser.consumed());
        return head;
    }

    static String assertRefused(String text) {
        return assertRefused(LIMITS, text);
    }

    /**
     * Checks that this head is refused whole, with more bytes after it, and byte by byte. Returns the error message.
     */
    static String assertRefused(WireLimits limits, String text) {
        byte[] buffer = bytes(text + AFTER);
        assertThrows(MalformedException.class, () -> new HeadParser(limits).head(buffer, 0, buffer.length));
        HeadParser parser = new HeadParser(limits);
        assertThrows(
                MalformedException.class,
                () -> {
                    for (int length = 0; length <= text.length(); length++) {
                        assertNull(parser.head(buffer, 0, length), "accepted as a head");
                    }
                    fail("still waiting for more of " + Ascii.quote(text));
                },
                "byte by byte");
        return assertThrows(MalformedException.class, () -> new HeadParser(limits).head(bytes(text), 0, text.length()))
                .getMessage();
    }

    /** Parses these lines as the fields of a response. */
    static FieldLines parseFields(String... lines) throws MalformedException {
        StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\r\n");
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        return parseHead(head + "\r\n").fields();
    }

    /** Returns the fields as {@code Name: value}. */
    static List<String> linesOf(FieldLines fields) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            lines.add(fields.name(i) + ": " + fields.value(i));
        }
        return lines;
    }

    private static String render(ResponseHead head) {
        StringBuilder text = new StringBuilder("%d|%d|%s".formatted(head.minorVersion(), head.status(), head.reason()));
        for (int i = 0; i < head.fields().size(); i++) {
            text.append('\n').append(head.fields().line(i));
        }
        return text + "\n" + linesOf(head.fields());
    }
}

package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Feeds response heads to the parser in every way in which a socket could, and sees to it that all agree. */
final class Wire {
    static final WireLimits LIMITS = new WireLimits(64 << 10, 1_000, 100, 4 << 10, 16 << 10);

    /** What may lie in front of a head in the buffer: an earlier response, made to look like part of this one. */
    private static final String BEFORE = "\r\n\r\nHTTP/1.1 500 Old\r\nX-Old: 1\r\n\r\n\r";

    /** What may lie behind it: a body that looks like fields and line ends. */
    private static final String AFTER = "\r\n\r\nHTTP/1.1 500 New\r\nX-New: 1\r\n\r\n";

    private Wire() {}

    static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    static ResponseHead head(String text) throws MalformedException {
        return head(LIMITS, text);
    }

    /** The head, which must come out the same however it arrives, and must end just where the text does. */
    static ResponseHead head(WireLimits limits, String text) throws MalformedException {
        HeadParser parser = new HeadParser(limits);
        ResponseHead whole = parser.head(bytes(text), 0, text.length());
        assertNotNull(whole, "the head is whole: " + Ascii.quote(text));
        assertEquals(text.length(), parser.consumed());

        ResponseHead trickled = trickled(limits, text);
        assertEquals(render(whole), render(trickled), "byte by byte");

        byte[] between = bytes(BEFORE + text + AFTER);
        ResponseHead found = parser.head(between, BEFORE.length(), between.length);
        assertNotNull(found);
        assertEquals(render(whole), render(found), "between other octets");
        assertEquals(text.length(), parser.consumed(), "the surplus is left alone");
        return whole;
    }

    private static ResponseHead trickled(WireLimits limits, String text) throws MalformedException {
        byte[] buffer = bytes(BEFORE + text + AFTER);
        HeadParser parser = new HeadParser(limits);
        for (int length = 0; length < text.length(); length++) {
            assertNull(
                    parser.head(buffer, BEFORE.length(), BEFORE.length() + length),
                    "not whole after %d octets".formatted(length));
        }
        ResponseHead head = parser.head(buffer, BEFORE.length(), BEFORE.length() + text.length());
        assertNotNull(head, "whole at its last octet");
        assertEquals(text.length(), parser.consumed());
        return head;
    }

    static String refused(String text) {
        return refused(LIMITS, text);
    }

    /** The message with which this is refused, whole, with more behind it, and byte by byte. */
    static String refused(WireLimits limits, String text) {
        byte[] buffer = bytes(text + AFTER);
        assertThrows(MalformedException.class, () -> new HeadParser(limits).head(buffer, 0, buffer.length));
        HeadParser parser = new HeadParser(limits);
        assertThrows(
                MalformedException.class,
                () -> {
                    for (int length = 0; length <= text.length(); length++) {
                        assertNull(parser.head(buffer, 0, length), "taken for a head");
                    }
                    fail("still waiting for more of " + Ascii.quote(text));
                },
                "byte by byte");
        return assertThrows(MalformedException.class, () -> new HeadParser(limits).head(bytes(text), 0, text.length()))
                .getMessage();
    }

    /** The fields in these lines, read as those of a response. */
    static FieldLines fields(String... lines) throws MalformedException {
        return head("HTTP/1.1 200 OK\r\n" + String.join("", withLineEnds(lines)) + "\r\n")
                .fields();
    }

    private static List<String> withLineEnds(String[] lines) {
        List<String> ended = new ArrayList<>();
        for (String line : lines) {
            ended.add(line + "\r\n");
        }
        return ended;
    }

    /** Names and values as a list, one {@code Name: value} for each field. */
    static List<String> lines(FieldLines fields) {
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
        return text + "\n" + lines(head.fields());
    }
}

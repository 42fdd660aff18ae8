package io.httpipe.internal.wire;

import static io.httpipe.internal.wire.ParserHarness.LIMITS;
import static io.httpipe.internal.wire.ParserHarness.assertRefused;
import static io.httpipe.internal.wire.ParserHarness.bytes;
import static io.httpipe.internal.wire.ParserHarness.linesOf;
import static io.httpipe.internal.wire.ParserHarness.parseFields;
import static io.httpipe.internal.wire.ParserHarness.parseHead;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Valid and invalid response heads. Each is parsed whole, byte by byte, and amid other bytes. */
class HeadParserTest {
    @Test
    void readsAHead() throws Exception {
        ResponseHead head =
                parseHead("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n");

        assertEquals(1, head.minorVersion());
        assertEquals(404, head.status());
        assertEquals("Not Found", head.reason());
        assertEquals(List.of("Content-Type: text/plain", "Content-Length: 9"), linesOf(head.fields()));
    }

    @Test
    void readsAHeadWithoutFields() throws Exception {
        assertEquals(0, parseHead("HTTP/1.1 204 No Content\r\n\r\n").fields().size());
    }

    @Test
    void readsSeveralHeadsFromOneBuffer() throws Exception {
        byte[] buffer = bytes("HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-B: 2\r\n\r\n");
        HeadParser parser = new HeadParser(LIMITS);

        ResponseHead first = parser.head(buffer, 0, buffer.length);
        assertNotNull(first);
        assertEquals(100, first.status());
        assertEquals(List.of("X-A: 1"), linesOf(first.fields()));

        ResponseHead second = parser.head(buffer, parser.consumed(), buffer.length);
        assertNotNull(second);
        assertEquals(200, second.status());
        assertEquals(List.of("X-B: 2"), linesOf(second.fields()));
    }

    @Test
    void keepsFieldsWhenTheBufferIsOverwritten() throws Exception {
        byte[] buffer = bytes("HTTP/1.1 200 OK\r\nX-A: first\r\n\r\n");
        ResponseHead head = new HeadParser(LIMITS).head(buffer, 0, buffer.length);
        assertNotNull(head);
        Arrays.fill(buffer, (byte) '!');

        assertEquals("first", head.fields().first("X-A"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200\n\n"})
    void readsAStatusLineWithoutAReason(String text) throws Exception {
        ResponseHead head = parseHead(text);
        assertEquals(200, head.status());
        assertEquals("", head.reason());
    }

    /** A client should ignore the reason phrase (RFC 9112, section 4), so these characters are harmless. */
    @ParameterizedTest
    @ValueSource(strings = {"O\u0007K", "\u001b[31mOK", "OK\u007f", "O\u000bK", "\u0001", "OK\u000c"})
    void keepsControlCharactersInAReason(String reason) throws Exception {
        ResponseHead head = parseHead("HTTP/1.1 200 " + reason + "\r\nA: 1\r\n\r\n");
        assertEquals(reason, head.reason());
        assertEquals(List.of("A: 1"), linesOf(head.fields()));
    }

    @Test
    void readsAReasonWithSpacesTabsAndObsText() throws Exception {
        assertEquals(
                "Alles\tin  Ordnung: \u00e4\u00ff",
                parseHead("HTTP/1.1 200 Alles\tin  Ordnung: \u00e4\u00ff\r\n\r\n")
                        .reason());
        assertEquals("O", parseHead("HTTP/1.1 200 O\r\n\r\n").reason());
        assertEquals("KO", parseHead("HTTP/1.1 200 KO\r\n\r\n").reason());
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 101, 103, 199, 200, 299, 418, 599, 600, 999})
    void readsEveryStatusFrom100To999(int status) throws Exception {
        assertEquals(status, parseHead("HTTP/1.1 " + status + " X\r\n\r\n").status());
    }

    @Test
    void readsTheMinorVersion() throws Exception {
        assertEquals(0, parseHead("HTTP/1.0 200 OK\r\n\r\n").minorVersion());
        assertEquals(9, parseHead("HTTP/1.9 200 OK\r\n\r\n").minorVersion());
    }

    @Test
    void acceptsALoneLineFeedAsALineEnd() throws Exception {
        assertEquals(
                List.of("A: 1", "B: 2"),
                linesOf(parseHead("HTTP/1.1 200 OK\nA: 1\nB: 2\n\n").fields()));
        assertEquals(0, parseHead("HTTP/1.1 200 OK\n\n").fields().size());
    }

    /** RFC 9112, section 2.2. Small servers pass on the output of CGI scripts unchanged (RFC 3875, section 6.2). */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: 1\nB: 2\n\n",
                "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\n",
                "HTTP/1.1 200 OK\r\nA: 1\n\r\n",
                "HTTP/1.1 200 OK\r\nA: 1\n 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\n",
                "HTTP/1.1 200 OK\nA: 1\r\nB: 2\n\n",
                "HTTP/1.1 200 OK\nA: 1\r\n\r\n",
                "HTTP/1.1 200 OK\nA: 1\n\r\n",
                "HTTP/1.1 200 OK\nA: 1\n 2\r\n\n",
                "HTTP/1.1 200 OK\n\r\n"
            })
    void readsAHeadWithMixedLineEnds(String text) throws Exception {
        ResponseHead head = parseHead(text);
        assertEquals(200, head.status());
        assertEquals("OK", head.reason());
        ResponseHead lineFeedsOnly = parseHead(text.replace("\r\n", "\n"));
        assertEquals(
                linesOf(lineFeedsOnly.fields()),
                linesOf(head.fields()).stream()
                        .map(line -> line.replaceFirst(" {2,}", "  "))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\r\nA: 1\n\n",
                "HTTP/1.1 200 OK\r\nA: 1\r\r\nB: 2\n\n",
                "HTTP/1.1 200 OK\nA: 1\rB: 2\n\r\n",
                "HTTP/1.1 200 OK\n\rA: 1\n\r\n",
                "HTTP/1.1 200 OK\r\nA: 1\n\rB: 2\r\n\r\n",
                "HTTP/1.1 200 OK\nA: 1\n \r\n\n"
            })
    void refusesALoneCrOrAWhitespaceLineAmongMixedLineEnds(String text) {
        assertRefused(text);
    }

    @Test
    void joinsAFoldedValueWithSpaces() throws Exception {
        FieldLines fields = parseFields("A: one", " two", "\tthree \t", " \t four", "B: 1\t2", "C:", "\t3");

        assertEquals(3, fields.size());
        assertEquals("one   two   three       four", fields.value(0));
        assertEquals("1\t2", fields.value(1));
        assertEquals("3", fields.value(2));
    }

    @Test
    void neverReadsAFoldAsAField() throws Exception {
        FieldLines fields = parseFields("A: 1", " Transfer-Encoding: chunked", " Content-Length: 5");

        assertEquals(1, fields.size());
        assertFalse(fields.contains("Transfer-Encoding"));
        assertFalse(fields.contains("Content-Length"));
    }

    @Test
    void joinsAFoldAfterALoneLineFeed() throws Exception {
        assertEquals(
                List.of("A: 1  2"),
                linesOf(parseHead("HTTP/1.1 200 OK\nA: 1\n 2\n\n").fields()));
    }

    /** Some recipients read such a line as the end of the head. */
    @ParameterizedTest
    @ValueSource(strings = {"A: 1\r\n \r\n", "A:\r\n\t \r\n", "A: 1\r\n 2\r\n \r\n", "A: 1\r\n \r\nB: 2\r\n"})
    void refusesAWhitespaceLineAmongTheFields(String lines) {
        assertEquals("line of spaces and tabs among the fields", assertRefused("HTTP/1.1 200 OK\r\n" + lines + "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({"Content-Length, 5", "content-length, 5", "Transfer-Encoding, chunked", "TRANSFER-ENCODING, chunked"})
    void refusesAFoldInAFramingField(String name, String value) {
        for (String lines : List.of(": " + value + "\r\n \t" + value, ":\r\n " + value, ": " + value + ",\r\n\t1")) {
            String message = assertRefused("HTTP/1.1 200 OK\r\nA: 1\r\n" + name + lines + "\r\n\r\n");
            assertTrue(message.equalsIgnoreCase("folded " + name), message);
        }
    }

    @Test
    void trimsSpacesAroundAValueButNotWithinIt() throws Exception {
        assertEquals(
                List.of("A: 1", "B: 2  3", "C: 4", "D: 5"),
                linesOf(parseFields("A:1", "B: \t 2  3 \t", "C:\t4", "D: 5 ")));
    }

    @Test
    void acceptsAnEmptyValue() throws Exception {
        FieldLines fields = parseFields("X-Empty:", "X-Blank: \t ", "X-After: 1");

        assertEquals("", fields.first("X-Empty"));
        assertEquals("", fields.first("X-Blank"));
        assertEquals("1", fields.first("X-After"));
    }

    @Test
    void keepsColonsAndObsTextInAValue() throws Exception {
        assertEquals(
                List.of("Location: http://h:80/a:b", "X-Latin: \u00e4\u0080\u00ff"),
                linesOf(parseFields("Location: http://h:80/a:b", "X-Latin: \u00e4\u0080\u00ff")));
    }

    @Test
    void keepsFieldsWithTheSameNameInOrder() throws Exception {
        FieldLines fields = parseFields("Set-Cookie: a=32; path=/", "X: 1", "SET-COOKIE: b=4; path=/", "set-cookie: c");

        assertEquals("a=32; path=/", fields.first("set-cookie"));
        assertEquals(2, fields.indexOf("Set-Cookie", 1));
        assertEquals(3, fields.indexOf("Set-Cookie", 3));
        assertEquals(
                List.of("Set-Cookie: a=32; path=/", "X: 1", "Set-Cookie: b=4; path=/", "Set-Cookie: c"),
                linesOf(fields));
    }

    @Test
    void acceptsAsManyFieldsAsTheLimitAllows() throws Exception {
        WireLimits limits = new WireLimits(64 << 10, 33, 8, 4096, 4096);
        StringBuilder text = new StringBuilder("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 33; i++) {
            text.append("X-").append(i).append(": ").append(i * 7).append("\r\n");
        }
        FieldLines fields = parseHead(limits, text + "\r\n").fields();
        assertEquals(33, fields.size());
        for (int i = 0; i < 33; i++) {
            assertEquals("" + i * 7, fields.first("x-" + i));
        }

        String message = assertRefused(limits, text + "One: more\r\n\r\n");
        assertEquals("more than 33 fields", message);
    }

    @Test
    void acceptsNoFieldWithALimitOfZero() throws Exception {
        WireLimits limits = new WireLimits(1024, 0, 8, 4096, 4096);
        assertEquals(0, parseHead(limits, "HTTP/1.1 200 OK\r\n\r\n").fields().size());
        assertEquals("more than 0 fields", assertRefused(limits, "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"));
    }

    @Test
    void keepsEachLineAsItWasReceived() throws Exception {
        FieldLines fields = parseFields("x_UNDER-score:  v ", "content-LENGTH:5");

        assertEquals("x_UNDER-score:  v", fields.line(0));
        assertEquals("content-LENGTH:5", fields.line(1));
        assertEquals("X:", parseFields("X: \t ").line(0), "trailing spaces are removed from an empty value too");
        assertEquals("Content-Length", fields.name(1));
    }

    @Test
    void createsEachStringOnlyOnce() throws Exception {
        FieldLines fields = parseFields("X-Rare-Name: value");
        assertSame(fields.name(0), fields.name(0));
        assertSame(fields.value(0), fields.value(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ICY 200 OK\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/0.9 200 OK\r\n\r\n",
                "HTTP/11 200 OK\r\n\r\n",
                "http/1.1 200 OK\r\n\r\n",
                "Http/1.1 200 OK\r\n\r\n",
                "<html>hello</html>",
                "hello\n",
                "junkHTTP/1.1 200 OK\r\n\r\n",
                " HTTP/1.1 200 OK\r\n\r\n",
                "\r\nHTTP/1.1 200 OK\r\n\r\n",
                "\nHTTP/1.1 200 OK\r\n\r\n",
                "HTTP /1.1 200 OK\r\n\r\n",
                "\0HTTP/1.1 200 OK\r\n\r\n",
                "\u00efHTTP/1.1 200 OK\r\n\r\n"
            })
    void refusesAnotherProtocolAtTheFirstWrongByte(String text) {
        assertTrue(assertRefused(text).startsWith("not an HTTP/1.x status line: \""), assertRefused(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.x 200 OK\r\n\r\n",
                "HTTP/1. 200 OK\r\n\r\n",
                "HTTP/1.10 200 OK\r\n\r\n",
                "HTTP/1.1\r\n\r\n",
                "HTTP/1.1 \r\n\r\n",
                "HTTP/1.\n\n",
                "HTTP/1.1 20\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 200OK\r\n\r\n",
                "HTTP/1.1 099 Low\r\n\r\n",
                "HTTP/1.1 000\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.1\t200 OK\r\n\r\n",
                "HTTP/1.1 200\tOK\r\n\r\n",
                "HTTP/1.1200 OK\r\n\r\n",
                "HTTP/1.1 -20 OK\r\n\r\n",
                "HTTP/1.1 +20 OK\r\n\r\n",
                "HTTP/1.1 2e2 OK\r\n\r\n",
                "HTTP/1.1 \u00b2\u00b2\u00b2 OK\r\n\r\n",
                "HTTP/1.1 200 O\0K\r\n\r\n",
                "HTTP/1.1 200 O\rK\r\n\r\n",
                "HTTP/1.1 200 OK\r\r\n\r\n",
                "HTTP/1.1 200\u007fOK\r\n\r\n",
                "HTTP/1.1 200\u000b\r\n\r\n"
            })
    void refusesAMalformedStatusLine(String text) {
        assertTrue(assertRefused(text).startsWith("malformed status line: \"HTTP/1."), assertRefused(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length : 2\r\n",
                "Content-Length\t: 2\r\n",
                "no colon\r\n",
                "nocolon\r\n",
                ": no name\r\n",
                ":\r\n",
                " folded onto nothing\r\n",
                "\tContent-Length: 2\r\n",
                "A B: 1\r\n",
                "A: 1\r\n: 2\r\n",
                "A\0: 1\r\n",
                "A\r: 1\r\n",
                "\rA: 1\r\n",
                "A\u00e4: 1\r\n",
                "A(b): 1\r\n",
                "A/b: 1\r\n",
                "A\"b: 1\r\n",
                "HTTP/1.1 200 OK\r\n"
            })
    void refusesAMalformedFieldName(String lines) {
        String message = assertRefused("HTTP/1.1 200 OK\r\n" + lines + "\r\n");
        assertTrue(message.startsWith("malformed field name: \""), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A: b\0c\r\n",
                "A: \0\r\n",
                "A: b\rc\r\n",
                "A: b\r\r\n",
                "A: \r\r\n",
                "A: b\rContent-Length: 5\r\n",
                "A: \u0001\0\r\n",
                "A: 1\r\n \0\r\n",
                "A: 1\r\n 2\r\r\n"
            })
    void refusesNulAndCrInAValue(String lines) {
        String message = assertRefused("HTTP/1.1 200 OK\r\n" + lines + "\r\n");
        assertTrue(message.startsWith("control character in a field value: \""), message);
    }

    /**
     * A recipient may keep other control characters (RFC 9110, section 5.5). Only two fields decide the framing (RFC
     * 9112, section 6.3).
     */
    @Test
    void refusesOtherControlCharactersOnlyInFramingFields() throws Exception {
        for (int c = 1; c < 128; c++) {
            boolean control = (c < 32 || c == 127) && c != '\t' && c != '\n' && c != '\r';
            if (control) {
                for (String value : List.of("a%cb", "%c", "%c5", "5%c", "aaaaaaaa%caaaaaaa\t%1$caaaaaaaa")) {
                    String text = value.formatted((char) c);
                    assertEquals(
                            List.of("A: " + text, "Connection: " + text),
                            linesOf(parseFields("A: " + text, "Connection: " + text)));
                    for (String name : List.of("Content-Length", "transfer-ENCODING")) {
                        String message = assertRefused("HTTP/1.1 200 OK\r\n" + name + ": " + text + "\r\n\r\n");
                        assertTrue(message.startsWith("control character in a field value: \""), message);
                    }
                }
                assertEquals(
                        "1   %c2".formatted((char) c),
                        parseFields("A: 1", " %c2".formatted((char) c)).first("A"));
            }
        }
    }

    @Test
    void quotesRefusedTextEscapedAndShortened() {
        assertEquals(
                "control character in a field value: \"X: a\\u001b[31m\\u0000\\\"\\\\\"",
                assertRefused("HTTP/1.1 200 OK\r\nX: a\u001b[31m\0\"\\\r\n\r\n"));
        String message = assertRefused("<html>" + "x".repeat(1000) + "\r\n");
        assertTrue(message.endsWith("\"..."), message);
        assertTrue(message.length() < 120, message);
    }

    @Test
    void acceptsAHeadOfExactlyTheLimit() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nA: 123\r\n\r\n";
        parseHead(new WireLimits(head.length(), 9, 8, 4096, 4096), head);

        String message = assertRefused(new WireLimits(head.length() - 1, 9, 8, 4096, 4096), head);
        assertTrue(message.startsWith("response head larger than 26 bytes"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 OK\r\n"})
    void refusesAnEndlessLineAsSoonAsTheLimitIsReached(String start) throws Exception {
        WireLimits limits = new WireLimits(100, 9, 8, 4096, 4096);
        byte[] endless = bytes(start + "a".repeat(200));
        HeadParser parser = new HeadParser(limits);

        assertNull(parser.head(endless, 0, 99));
        assertThrows(MalformedException.class, () -> parser.head(endless, 0, 100));
    }

    @Test
    void findsTheEndOfAHeadWithTheLargestPossibleLimit() throws Exception {
        WireLimits limits = new WireLimits(Integer.MAX_VALUE, 9, 8, Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertEquals(200, parseHead(limits, "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n").status());
    }
}

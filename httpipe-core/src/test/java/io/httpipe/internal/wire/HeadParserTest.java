package io.httpipe.internal.wire;

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

/** Response heads as servers send them and as they should not; each is fed whole, byte by byte and amid others. */
class HeadParserTest {
    @Test
    void readsAHead() throws Exception {
        ResponseHead head =
                Wire.head("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n");

        assertEquals(1, head.minorVersion());
        assertEquals(404, head.status());
        assertEquals("Not Found", head.reason());
        assertEquals(List.of("Content-Type: text/plain", "Content-Length: 9"), Wire.lines(head.fields()));
    }

    @Test
    void readsAHeadWithoutFields() throws Exception {
        assertEquals(0, Wire.head("HTTP/1.1 204 No Content\r\n\r\n").fields().size());
    }

    @Test
    void readsOneHeadAfterAnotherOutOfOneBuffer() throws Exception {
        byte[] buffer = Wire.bytes("HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-B: 2\r\n\r\n");
        HeadParser parser = new HeadParser(Wire.LIMITS);

        ResponseHead first = parser.head(buffer, 0, buffer.length);
        assertNotNull(first);
        assertEquals(100, first.status());
        assertEquals(List.of("X-A: 1"), Wire.lines(first.fields()));

        ResponseHead second = parser.head(buffer, parser.consumed(), buffer.length);
        assertNotNull(second);
        assertEquals(200, second.status());
        assertEquals(List.of("X-B: 2"), Wire.lines(second.fields()));
    }

    @Test
    void keepsWhatItHasReadWhenTheBufferIsUsedAgain() throws Exception {
        byte[] buffer = Wire.bytes("HTTP/1.1 200 OK\r\nX-A: first\r\n\r\n");
        ResponseHead head = new HeadParser(Wire.LIMITS).head(buffer, 0, buffer.length);
        assertNotNull(head);
        Arrays.fill(buffer, (byte) '!');

        assertEquals("first", head.fields().first("X-A"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200\n\n"})
    void readsAStatusLineWithoutAReason(String text) throws Exception {
        ResponseHead head = Wire.head(text);
        assertEquals(200, head.status());
        assertEquals("", head.reason());
    }

    /** RFC 9112, section 4: a client should ignore the reason, so nothing in it can change what the head says. */
    @ParameterizedTest
    @ValueSource(strings = {"O\u0007K", "\u001b[31mOK", "OK\u007f", "O\u000bK", "\u0001", "OK\u000c"})
    void keepsControlCharactersInAReason(String reason) throws Exception {
        ResponseHead head = Wire.head("HTTP/1.1 200 " + reason + "\r\nA: 1\r\n\r\n");
        assertEquals(reason, head.reason());
        assertEquals(List.of("A: 1"), Wire.lines(head.fields()));
    }

    @Test
    void readsAReasonWithBlanksTabsAndObsText() throws Exception {
        assertEquals(
                "Alles\tin  Ordnung: \u00e4\u00ff",
                Wire.head("HTTP/1.1 200 Alles\tin  Ordnung: \u00e4\u00ff\r\n\r\n")
                        .reason());
        assertEquals("O", Wire.head("HTTP/1.1 200 O\r\n\r\n").reason());
        assertEquals("KO", Wire.head("HTTP/1.1 200 KO\r\n\r\n").reason());
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 101, 103, 199, 200, 299, 418, 599, 600, 999})
    void readsEveryStatusOfThreeDigitsFrom100(int status) throws Exception {
        assertEquals(status, Wire.head("HTTP/1.1 " + status + " X\r\n\r\n").status());
    }

    @Test
    void readsTheMinorVersion() throws Exception {
        assertEquals(0, Wire.head("HTTP/1.0 200 OK\r\n\r\n").minorVersion());
        assertEquals(9, Wire.head("HTTP/1.9 200 OK\r\n\r\n").minorVersion());
    }

    @Test
    void takesALoneLineFeedForALineEnd() throws Exception {
        assertEquals(
                List.of("A: 1", "B: 2"),
                Wire.lines(Wire.head("HTTP/1.1 200 OK\nA: 1\nB: 2\n\n").fields()));
        assertEquals(0, Wire.head("HTTP/1.1 200 OK\n\n").fields().size());
    }

    /** RFC 9112, section 2.2; small servers pass on what CGI scripts write (RFC 3875, section 6.2). */
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
    void readsAHeadWhoseLinesEndInCrLfAndLfMixed(String text) throws Exception {
        ResponseHead head = Wire.head(text);
        assertEquals(200, head.status());
        assertEquals("OK", head.reason());
        ResponseHead even = Wire.head(text.replace("\r\n", "\n"));
        assertEquals(
                Wire.lines(even.fields()),
                Wire.lines(head.fields()).stream()
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
    void refusesALoneCrAndALineOfBlanksAmongThemAllTheSame(String text) {
        Wire.refused(text);
    }

    @Test
    void joinsAFoldedValueWithBlanks() throws Exception {
        FieldLines fields = Wire.fields("A: one", " two", "\tthree \t", " \t four", "B: 1\t2", "C:", "\t3");

        assertEquals(3, fields.size());
        assertEquals("one   two   three       four", fields.value(0));
        assertEquals("1\t2", fields.value(1));
        assertEquals("3", fields.value(2));
    }

    @Test
    void neverMakesAFieldOutOfAFold() throws Exception {
        FieldLines fields = Wire.fields("A: 1", " Transfer-Encoding: chunked", " Content-Length: 5");

        assertEquals(1, fields.size());
        assertFalse(fields.contains("Transfer-Encoding"));
        assertFalse(fields.contains("Content-Length"));
    }

    @Test
    void foldsWithALoneLineFeedToo() throws Exception {
        assertEquals(
                List.of("A: 1  2"),
                Wire.lines(Wire.head("HTTP/1.1 200 OK\nA: 1\n 2\n\n").fields()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"A: 1\r\n \r\n", "A:\r\n\t \r\n", "A: 1\r\n 2\r\n \r\n", "A: 1\r\n \r\nB: 2\r\n"})
    void refusesALineOfBlanksWhichOthersTakeForTheEndOfTheHead(String lines) {
        assertEquals("line of blanks among the fields", Wire.refused("HTTP/1.1 200 OK\r\n" + lines + "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({"Content-Length, 5", "content-length, 5", "Transfer-Encoding, chunked", "TRANSFER-ENCODING, chunked"})
    void refusesAFoldInAFieldThatFrames(String name, String value) {
        for (String lines : List.of(": " + value + "\r\n \t" + value, ":\r\n " + value, ": " + value + ",\r\n\t1")) {
            String message = Wire.refused("HTTP/1.1 200 OK\r\nA: 1\r\n" + name + lines + "\r\n\r\n");
            assertTrue(message.equalsIgnoreCase("folded " + name), message);
        }
    }

    @Test
    void trimsBlanksAroundAValueAndKeepsThoseWithin() throws Exception {
        assertEquals(
                List.of("A: 1", "B: 2  3", "C: 4", "D: 5"),
                Wire.lines(Wire.fields("A:1", "B: \t 2  3 \t", "C:\t4", "D: 5 ")));
    }

    @Test
    void takesAnEmptyValueForAValue() throws Exception {
        FieldLines fields = Wire.fields("X-Empty:", "X-Blank: \t ", "X-After: 1");

        assertEquals("", fields.first("X-Empty"));
        assertEquals("", fields.first("X-Blank"));
        assertEquals("1", fields.first("X-After"));
    }

    @Test
    void keepsColonsAndObsTextInAValue() throws Exception {
        assertEquals(
                List.of("Location: http://h:80/a:b", "X-Latin: \u00e4\u0080\u00ff"),
                Wire.lines(Wire.fields("Location: http://h:80/a:b", "X-Latin: \u00e4\u0080\u00ff")));
    }

    @Test
    void keepsFieldsOfOneNameInOrder() throws Exception {
        FieldLines fields = Wire.fields("Set-Cookie: a=32; path=/", "X: 1", "SET-COOKIE: b=4; path=/", "set-cookie: c");

        assertEquals("a=32; path=/", fields.first("set-cookie"));
        assertEquals(2, fields.indexOf("Set-Cookie", 1));
        assertEquals(3, fields.indexOf("Set-Cookie", 3));
        assertEquals(
                List.of("Set-Cookie: a=32; path=/", "X: 1", "Set-Cookie: b=4; path=/", "Set-Cookie: c"),
                Wire.lines(fields));
    }

    @Test
    void keepsAsManyFieldsAsTheLimitAllows() throws Exception {
        WireLimits limits = new WireLimits(64 << 10, 33, 8, 4096, 4096);
        StringBuilder text = new StringBuilder("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 33; i++) {
            text.append("X-").append(i).append(": ").append(i * 7).append("\r\n");
        }
        FieldLines fields = Wire.head(limits, text + "\r\n").fields();
        assertEquals(33, fields.size());
        for (int i = 0; i < 33; i++) {
            assertEquals("" + i * 7, fields.first("x-" + i));
        }

        String message = Wire.refused(limits, text + "One: more\r\n\r\n");
        assertEquals("more than 33 fields", message);
    }

    @Test
    void allowsNoFieldAtAllUnderALimitOfNone() throws Exception {
        WireLimits limits = new WireLimits(1024, 0, 8, 4096, 4096);
        assertEquals(0, Wire.head(limits, "HTTP/1.1 200 OK\r\n\r\n").fields().size());
        assertEquals("more than 0 fields", Wire.refused(limits, "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"));
    }

    @Test
    void remembersTheLineAsItStoodOnTheWire() throws Exception {
        FieldLines fields = Wire.fields("x_UNDER-score:  v ", "content-LENGTH:5");

        assertEquals("x_UNDER-score:  v", fields.line(0));
        assertEquals("content-LENGTH:5", fields.line(1));
        assertEquals(
                "X:", Wire.fields("X: \t ").line(0), "blanks at the end are left out where there is nothing else too");
        assertEquals("Content-Length", fields.name(1));
    }

    @Test
    void makesEachStringOnlyOnce() throws Exception {
        FieldLines fields = Wire.fields("X-Rare-Name: value");
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
    void refusesAtItsFirstWrongOctetWhatIsNoHttp1(String text) {
        assertTrue(Wire.refused(text).startsWith("not an HTTP/1.x status line: \""), Wire.refused(text));
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
        assertTrue(Wire.refused(text).startsWith("malformed status line: \"HTTP/1."), Wire.refused(text));
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
        String message = Wire.refused("HTTP/1.1 200 OK\r\n" + lines + "\r\n");
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
        String message = Wire.refused("HTTP/1.1 200 OK\r\n" + lines + "\r\n");
        assertTrue(message.startsWith("control character in a field value: \""), message);
    }

    /** RFC 9110, section 5.5: a recipient may retain them; RFC 9112, section 6.3: only two fields frame. */
    @Test
    void refusesOtherControlCharactersInAFieldThatFramesAndKeepsThemInOthers() throws Exception {
        for (int c = 1; c < 128; c++) {
            boolean control = (c < 32 || c == 127) && c != '\t' && c != '\n' && c != '\r';
            if (control) {
                for (String value : List.of("a%cb", "%c", "%c5", "5%c", "aaaaaaaa%caaaaaaa\t%1$caaaaaaaa")) {
                    String text = value.formatted((char) c);
                    assertEquals(
                            List.of("A: " + text, "Connection: " + text),
                            Wire.lines(Wire.fields("A: " + text, "Connection: " + text)));
                    for (String name : List.of("Content-Length", "transfer-ENCODING")) {
                        String message = Wire.refused("HTTP/1.1 200 OK\r\n" + name + ": " + text + "\r\n\r\n");
                        assertTrue(message.startsWith("control character in a field value: \""), message);
                    }
                }
                assertEquals(
                        "1   %c2".formatted((char) c),
                        Wire.fields("A: 1", " %c2".formatted((char) c)).first("A"));
            }
        }
    }

    @Test
    void quotesWhatItRefusesEscapedAndShort() {
        assertEquals(
                "control character in a field value: \"X: a\\u001b[31m\\u0000\\\"\\\\\"",
                Wire.refused("HTTP/1.1 200 OK\r\nX: a\u001b[31m\0\"\\\r\n\r\n"));
        String message = Wire.refused("<html>" + "x".repeat(1000) + "\r\n");
        assertTrue(message.endsWith("\"..."), message);
        assertTrue(message.length() < 120, message);
    }

    @Test
    void allowsAHeadOfExactlyTheLimit() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nA: 123\r\n\r\n";
        Wire.head(new WireLimits(head.length(), 9, 8, 4096, 4096), head);

        String message = Wire.refused(new WireLimits(head.length() - 1, 9, 8, 4096, 4096), head);
        assertTrue(message.startsWith("response head larger than 26 bytes"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 OK\r\n"})
    void refusesALineThatNeverEndsAsSoonAsTheLimitIsReached(String start) throws Exception {
        WireLimits limits = new WireLimits(100, 9, 8, 4096, 4096);
        byte[] endless = Wire.bytes(start + "a".repeat(200));
        HeadParser parser = new HeadParser(limits);

        assertNull(parser.head(endless, 0, 99));
        assertThrows(MalformedException.class, () -> parser.head(endless, 0, 100));
    }

    @Test
    void findsTheEndOfAHeadUnderTheLargestLimitThereIs() throws Exception {
        WireLimits limits = new WireLimits(Integer.MAX_VALUE, 9, 8, Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertEquals(200, Wire.head(limits, "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n").status());
    }

    @Test
    void saysWhetherAFinalHeadIsStillToCome() throws Exception {
        assertTrue(Wire.head("HTTP/1.1 100 Continue\r\n\r\n").informational());
        assertTrue(Wire.head("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").informational());
        assertFalse(Wire.head("HTTP/1.1 101 Switching Protocols\r\n\r\n").informational());
        assertFalse(Wire.head("HTTP/1.1 200 OK\r\n\r\n").informational());
    }

    @ParameterizedTest
    @CsvSource({
        "timeout=5, 5",
        "'TIMEOUT = 5', 5",
        "'max=100, timeout=60', 60",
        "timeout=0, 0",
        "timeout=999999999, 999999999",
        "'timeout=\"5\"', 5",
        "'x=\"a, timeout=9, b\", timeout=5', 5",
        "timeout=9999999999, -1",
        "timeout=-5, -1",
        "timeout=\u00b2, -1",
        "timeout=, -1",
        "timeout, -1",
        "=5, -1",
        "max=5, -1",
        "xtimeout=5, -1"
    })
    void readsTheServersHintOfHowLongItKeepsTheConnection(String value, int seconds) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nKeep-Alive: " + value + "\r\n\r\n";
        assertEquals(seconds, Wire.head(head).keepAliveTimeout());
        assertEquals(-1, Wire.head("HTTP/1.1 200 OK\r\n\r\n").keepAliveTimeout());
    }

    @Test
    void saysWhetherTheServerKeepsTheConnection() throws Exception {
        assertTrue(Wire.head("HTTP/1.1 200 OK\r\n\r\n").keepsAlive());
        assertTrue(Wire.head("HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\n").keepsAlive());
        assertTrue(
                Wire.head("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n").keepsAlive());
        for (String leaving : List.of(
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 200 OK\r\nconnection: Close \r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: foo,\tCLOSE\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: foo,\r\n close\r\n\r\n",
                "HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n\r\n",
                "HTTP/1.0 200 OK\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n")) {
            assertFalse(Wire.head(leaving).keepsAlive(), leaving);
        }
    }

    @Test
    void doesNotTrustAConnectionOnWhichABodyIsPromisedThatCannotBe() throws Exception {
        for (String status : List.of("100 Continue", "103 Early Hints", "204 No Content")) {
            String head = "HTTP/1.1 " + status + "\r\n";
            assertTrue(Wire.head(head + "\r\n").keepsAlive());
            assertTrue(Wire.head(head + "Content-Length: 0\r\n\r\n").keepsAlive());
            assertFalse(Wire.head(head + "Content-Length: 5\r\n\r\n").keepsAlive());
            assertFalse(Wire.head(head + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n")
                    .keepsAlive());
            assertFalse(Wire.head(head + "Transfer-Encoding: chunked\r\n\r\n").keepsAlive());
        }
        assertTrue(Wire.head("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")
                .keepsAlive());
        assertTrue(Wire.head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                .keepsAlive());
    }
}

package io.httpipe.internal.wire;

import static io.httpipe.internal.wire.ParserHarness.parseHead;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Framing of response bodies: the rules of RFC 9112, section 6.3, in their order. */
class BodyFramingTest {
    private static BodyFraming framing(String method, String statusLine, String... fields) throws MalformedException {
        StringBuilder head = new StringBuilder(statusLine).append("\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return BodyFraming.of(method, parseHead(head + "\r\n"));
    }

    private static BodyFraming framingOfGet(String... fields) throws MalformedException {
        return framing("GET", "HTTP/1.1 200 OK", fields);
    }

    /** Checks that a response with these fields is refused. Returns the error message. */
    private static String assertRefused(String... fields) {
        return assertThrows(MalformedException.class, () -> framingOfGet(fields), String.join(" | ", fields))
                .getMessage();
    }

    @Test
    void hasNoBodyAfterAHeadRequest() throws Exception {
        for (String field : List.of("Content-Length: 5", "Transfer-Encoding: chunked", "X: no framing at all")) {
            assertEquals(BodyFraming.NONE, framing("HEAD", "HTTP/1.1 200 OK", field));
            assertEquals(BodyFraming.NONE, framing("HEAD", "HTTP/1.0 404 Not Found", field));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 101, 103, 199, 204, 304})
    void hasNoBodyWithAStatusThatForbidsOne(int status) throws Exception {
        for (String field : List.of("Content-Length: 5", "Transfer-Encoding: chunked", "X: no framing at all")) {
            assertEquals(BodyFraming.NONE, framing("GET", "HTTP/1.1 " + status + " X", field));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 203, 205, 206, 303, 305, 404, 500, 999})
    void hasABodyWithEveryOtherStatus(int status) throws Exception {
        assertEquals(new BodyFraming(5), framing("GET", "HTTP/1.1 " + status + " X", "Content-Length: 5"));
        assertEquals(BodyFraming.UNTIL_CLOSE, framing("POST", "HTTP/1.1 " + status + " X"));
    }

    @Test
    void ignoresTransferEncodingIfThereIsNoBody() throws Exception {
        assertEquals(
                BodyFraming.NONE, framing("HEAD", "HTTP/1.1 200 OK", "Transfer-Encoding: gzip", "Content-Length: 5"));
        assertEquals(BodyFraming.NONE, framing("GET", "HTTP/1.0 304 X", "Transfer-Encoding: chunked"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "-1", "2, 3", ""})
    void ignoresContentLengthIfThereIsNoBody(String value) throws Exception {
        assertEquals(BodyFraming.NONE, framing("HEAD", "HTTP/1.1 200 OK", "Content-Length: " + value));
        assertEquals(BodyFraming.NONE, framing("GET", "HTTP/1.1 304 X", "Content-Length: " + value));
        assertEquals(BodyFraming.NONE, framing("GET", "HTTP/1.1 204 X", "Content-Length: " + value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "Chunked", "CHUNKED", " chunked\t"})
    void acceptsChunkedInAnyCase(String value) throws Exception {
        assertEquals(BodyFraming.CHUNKED, framingOfGet("Transfer-Encoding:" + value));
        assertEquals(BodyFraming.CHUNKED, framingOfGet("transfer-encoding:" + value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip",
                "gzip, chunked",
                "chunked, gzip",
                "chunked, chunked",
                "identity",
                "identity, chunked",
                "Identity",
                "",
                ",",
                "chunked,",
                ", chunked",
                "chunked;q=1",
                "\"chunked\"",
                "chunkedd",
                "xchunked",
                "chunk ed",
                "chunked chunked",
                "ch\u00fcnked"
            })
    void refusesEveryOtherTransferCoding(String value) {
        String message = assertRefused("Transfer-Encoding: " + value);
        assertTrue(message.startsWith("unsupported Transfer-Encoding \""), message);
    }

    @Test
    void refusesTwoTransferEncodingLines() {
        assertRefused("Transfer-Encoding: chunked", "Transfer-Encoding: chunked");
        assertRefused("Transfer-Encoding: gzip", "Transfer-Encoding: chunked");
        assertRefused("Transfer-Encoding: chunked", "Transfer-Encoding: identity");
        assertRefused("Transfer-Encoding: chunked", "Transfer-Encoding:");
    }

    @Test
    void refusesTransferEncodingWithContentLength() {
        assertEquals(
                "Transfer-Encoding and Content-Length in one response",
                assertRefused("Transfer-Encoding: chunked", "Content-Length: 5"));
        assertRefused("Content-Length: 0", "Transfer-Encoding: chunked");
        assertRefused("Content-Length: abc", "Transfer-Encoding: chunked");
        assertRefused("Content-Length: 5", "Transfer-Encoding: identity");
    }

    @Test
    void refusesTransferEncodingFromAnHttp10Server() {
        MalformedException e = assertThrows(
                MalformedException.class, () -> framing("GET", "HTTP/1.0 200 OK", "Transfer-Encoding: chunked"));
        assertEquals("Transfer-Encoding in an HTTP/1.0 response", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "5, 5",
        "00005, 5",
        "2147483648, 2147483648",
        "9223372036854775807, 9223372036854775807",
        "000000000000000000000009, 9",
        "'2, 2', 2",
        "'2,2 ,\t2', 2",
        "'2, 02', 2"
    })
    void acceptsAContentLengthOfDigits(String value, long length) throws Exception {
        assertEquals(new BodyFraming(length), framingOfGet("Content-Length: " + value));
        assertEquals(new BodyFraming(length), framing("GET", "HTTP/1.0 200 OK", "Content-Length: " + value + "  "));
    }

    @Test
    void acceptsTheSameContentLengthOnSeveralLines() throws Exception {
        assertEquals(new BodyFraming(2), framingOfGet("Content-Length: 2", "X: 1", "content-length: 2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+2",
                "-1",
                "-0",
                "0x2",
                "1e1",
                "2.5",
                "2.",
                "",
                "abc",
                "2 2",
                "2\t2",
                "2;",
                "\"2\"",
                "2,",
                ",2",
                ",",
                "2,,2",
                "2, 3",
                "2, -2",
                "2, abc",
                "1_000",
                "\u00b2",
                "9223372036854775808",
                "9223372036854775810",
                "18446744073709551618",
                "99999999999999999999999999"
            })
    void refusesEveryOtherContentLength(String value) {
        String message = assertRefused("Content-Length: " + value);
        assertTrue(message.startsWith("bad Content-Length \""), message);
    }

    @Test
    void refusesDifferentContentLengthsOnSeveralLines() {
        assertRefused("Content-Length: 2", "Content-Length: 3");
        assertRefused("Content-Length: 2", "content-length:");
        assertRefused("Content-Length: 2", "X: 1", "CONTENT-LENGTH: 2, 3");
    }

    @Test
    void readsUntilCloseIfNoFieldDelimitsTheBody() throws Exception {
        assertEquals(BodyFraming.UNTIL_CLOSE, framingOfGet());
        assertEquals(BodyFraming.UNTIL_CLOSE, framing("GET", "HTTP/1.0 200 OK"));
        assertEquals(BodyFraming.UNTIL_CLOSE, framingOfGet("Connection: keep-alive", "Content-Encoding: gzip"));
    }

    @Test
    void ignoresFieldsWithSimilarNames() throws Exception {
        assertEquals(
                BodyFraming.UNTIL_CLOSE,
                framingOfGet("Content_Length: 5", "X-Content-Length: 5", "Transfer_Encoding: chunked", "TE: chunked"));
    }
}

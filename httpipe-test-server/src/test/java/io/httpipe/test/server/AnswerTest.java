package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class AnswerTest {
    private static String bytes(Answer answer) {
        return new String(answer.bytes(), StandardCharsets.UTF_8);
    }

    private static void refused(String message, Executable answer) {
        String text = String.valueOf(
                assertThrows(IllegalArgumentException.class, answer).getMessage());
        assertTrue(text.contains(message), text);
    }

    @Test
    void aTextHasItsLengthInUtf8() {
        assertEquals("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nh\u00e9llo", bytes(Answer.of(200, "h\u00e9llo")));
    }

    @Test
    void anAnswerHasTheGivenHeaders() {
        Answer answer = Answer.of(404, Map.of("Content-Type", "text/plain"), "no")
                .addHeader("A", "1")
                .addHeader("a", "2")
                .header("content-type", "text/html")
                .reason("Gone fishing");

        assertEquals(
                "HTTP/1.1 404 Gone fishing\r\nA: 1\r\na: 2\r\ncontent-type: text/html\r\nContent-Length: 2\r\n\r\nno",
                bytes(answer));
        assertEquals("404 (2 bytes)", answer.toString());
        assertEquals(404, answer.status());
    }

    @Test
    void aBodyIsSentInChunksOfTheGivenSizes() {
        assertEquals(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "1\r\nh\r\n2\r\nel\r\n2\r\nlo\r\n0\r\nDigest: x\r\n\r\n",
                bytes(Answer.of(200, "hello").chunked(1, 2).trailer("Digest", "x")));
        assertEquals(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                bytes(Answer.of(200, "hello").chunked()));
    }

    @Test
    void informationalResponsesComeFirst() {
        assertEquals(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                        + "HTTP/1.1 204 No Content\r\n\r\n",
                bytes(Answer.of(204).informational(100).informational(103, new Header("Link", "</a>"))));
    }

    @Test
    void aBodyCanEndWithTheConnection() {
        assertEquals(
                "HTTP/1.1 200 OK\r\n\r\nhello", bytes(Answer.of(200, "hello").untilClose()));
    }

    @Test
    void aHeadAnswerMayAnnounceAnyLength() {
        Answer answer = Answer.of(200).header("Content-Length", "99");

        assertEquals(
                "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
                new String(Encoded.of(answer, "HEAD").bytes(), StandardCharsets.UTF_8));
        refused(
                "the body has 0 bytes, but the answer says Content-Length: 99; use raw(..) to send a wrong length",
                answer::bytes);
    }

    @Test
    void rawBytesAreSentAsTheyAre() {
        assertEquals("HTTP/1.1 200\nx", bytes(Answer.raw("HTTP/1.1 200\nx")));
        refused(
                "an answer of raw bytes is sent unchanged: it cannot get headers",
                () -> Answer.raw("x").header("a", "b"));
    }

    @Test
    void whatCannotBeSentIsRefused() {
        refused("the status of an answer is 101 or from 200 to 599, not 100", () -> Answer.of(100));
        refused(
                "an informational status is from 100 to 199, except 101, not 200",
                () -> Answer.of(200).informational(200));
        refused(
                "a 204 can have neither a body nor chunks: 204 (1 bytes)",
                () -> Answer.of(204, "x").bytes());
        refused(
                "the body has 5 bytes, but the answer says Content-Length: 6",
                () -> Answer.of(200, "hello").header("Content-Length", "6").bytes());
        refused(
                "an answer that is chunked or ends with the connection cannot have Content-Length: 5",
                () -> Answer.of(200, "hello")
                        .header("Content-Length", "5")
                        .chunked()
                        .bytes());
        refused(
                "chunked(..) sets Transfer-Encoding",
                () -> Answer.of(200).header("Transfer-Encoding", "gzip").bytes());
        refused(
                "chunked or ends with the connection, not both",
                () -> Answer.of(200).chunked().untilClose().bytes());
        refused(
                "trailers need a chunked answer: [a: b]",
                () -> Answer.of(200).trailer("a", "b").bytes());
        refused("a chunk has at least 1 byte, not 0", () -> Answer.of(200).chunked(0));
        refused("not a header name: \"a b\"", () -> Answer.of(200).header("a b", "c"));
        refused(
                "the value of a contains CR, LF or NUL: \"b\\r\\nc: d\"",
                () -> Answer.of(200).header("a", "b\r\nc: d"));
        refused("contains CR, LF or NUL", () -> Answer.of(200).reason("a\nb"));
        refused("a delay cannot be negative: PT-1S", () -> Effect.delay(Duration.ofSeconds(-1)));
        refused("a rate is at least 1 byte a second, not 0", () -> Effect.throttle(0));
        refused(
                "an answer cannot be sent after -1 bytes of a body",
                () -> Answer.of(200).earlyAfter(-1));
    }

    @Test
    void anEffectNeedsAByteThatTheAnswerHas() {
        Answer answer = Answer.of(200, "hello");
        int length = answer.bytes().length;

        assertEquals(
                length,
                answer.at(length, Effect.CLOSE)
                        .atBody(4, Effect.delay(Duration.ZERO))
                        .bytes()
                        .length);
        refused(
                "nothing can happen at byte 44, because the answer to GET has 43 bytes, 38 of them before the body: "
                        + "200 (5 bytes) with RESET",
                () -> answer.at(length + 1, Effect.RESET).bytes());
        refused(
                "nothing can happen at byte 44",
                () -> answer.atBody(6, Effect.RESET).bytes());
        refused("an effect cannot happen at byte -1", () -> answer.at(-1, Effect.CLOSE));
        refused(
                "after RESET at byte 3 nothing more can happen, not CLOSE at byte 43",
                () -> answer.at(3, Effect.RESET).atEnd(Effect.CLOSE).bytes());
    }
}

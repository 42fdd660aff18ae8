package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Request heads, compared byte by byte. */
class HeadWriterTest {
    @Test
    void writesRequestLineFieldsAndEmptyLine() {
        HeadWriter head = new HeadWriter()
                .requestLine("GET", "/a?b=c", 1)
                .field("Host", "h:81")
                .field("X-Empty", "")
                .end();
        assertEquals("GET /a?b=c HTTP/1.1\r\nHost: h:81\r\nX-Empty: \r\n\r\n", latin1(head));
    }

    @Test
    void writesHttp10() {
        assertEquals("HEAD / HTTP/1.0\r\n", latin1(new HeadWriter().requestLine("HEAD", "/", 0)));
    }

    @Test
    void writesNonAsciiTargetsInUtf8AndValuesInLatin1() {
        HeadWriter head =
                new HeadWriter().requestLine("GET", "/\u4e2d\ud83d\ude00", 1).field("X", "\u00e4\u00ff");
        assertArrayEquals(
                concat(
                        "GET /\u4e2d\ud83d\ude00 HTTP/1.1\r\n".getBytes(StandardCharsets.UTF_8),
                        "X: \u00e4\u00ff\r\n".getBytes(StandardCharsets.ISO_8859_1)),
                written(head));
    }

    @Test
    void appendsABodyUnchanged() {
        byte[] body = new byte[300];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }
        HeadWriter head = new HeadWriter().requestLine("PUT", "/", 1).end().append(body, 0, body.length);
        assertArrayEquals(concat("PUT / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII), body), written(head));
    }

    @Test
    void appendsOnlyTheGivenRange() {
        byte[] body = "0123456789".getBytes(StandardCharsets.US_ASCII);
        assertEquals("345", latin1(new HeadWriter().append(body, 3, 3)));
        assertEquals("", latin1(new HeadWriter().append(body, 10, 0)));
    }

    @Test
    void growsAsNeeded() {
        HeadWriter head = new HeadWriter().requestLine("GET", "/" + "a".repeat(254), 1);
        StringBuilder expected = new StringBuilder("GET /" + "a".repeat(254) + " HTTP/1.1\r\n");
        for (int i = 0; i < 400; i++) {
            head.field("X-" + i, "v".repeat(i));
            expected.append("X-").append(i).append(": ").append("v".repeat(i)).append("\r\n");
        }
        assertEquals(expected + "\r\n", latin1(head.end()));
    }

    private static byte[] written(HeadWriter head) {
        return Arrays.copyOf(head.bytes(), head.length());
    }

    private static String latin1(HeadWriter head) {
        return new String(written(head), StandardCharsets.ISO_8859_1);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}

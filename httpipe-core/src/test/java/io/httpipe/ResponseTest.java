package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.httpipe.internal.wire.ResponseHead;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Response} as a value, and its body as text. */
class ResponseTest {
    private static final byte[] UTF_8 = "h\u00e4 \u4e2d".getBytes(StandardCharsets.UTF_8);
    private static final byte[] LATIN_1 = "h\u00e4".getBytes(StandardCharsets.ISO_8859_1);

    private static Response response(Headers headers, byte[] body) {
        ResponseHead head = new ResponseHead(1, 200, "Fine", headers.fields());
        return new Response(head, headers, body, Headers.of("X-Sum", "1"), 3, true, null);
    }

    private static String text(String contentType, byte[] body) {
        return response(Headers.of("Content-Type", contentType), body).text();
    }

    @Test
    void hasAllPartsOfTheResponse() {
        Response response = response(Headers.of("A", "1"), UTF_8);
        assertEquals(200, response.status());
        assertEquals("Fine", response.reason());
        assertEquals(Version.HTTP_1_1, response.version());
        assertEquals(Headers.of("A", "1"), response.headers());
        assertEquals(Headers.of("X-Sum", "1"), response.trailers());
        assertSame(UTF_8, response.body());
        assertEquals(3, response.reusedTimes());
        assertEquals("HTTP/1.1 200 Fine", response.toString());
    }

    @Test
    void treatsMinorVersion0AsHttp10AndAllOthersAsHttp11() {
        for (int minor = 0; minor < 10; minor++) {
            Response response = new Response(
                    new ResponseHead(minor, 404, "", Headers.EMPTY.fields()),
                    Headers.EMPTY,
                    UTF_8,
                    Headers.EMPTY,
                    0,
                    true,
                    null);
            assertEquals(minor == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1, response.version());
        }
    }

    @Test
    void textIsUtf8WithoutAContentType() {
        assertEquals("h\u00e4 \u4e2d", response(Headers.EMPTY, UTF_8).text());
        assertEquals("h\u00e4 \u4e2d", text("text/html", UTF_8));
        assertEquals("h\u00e4 \u4e2d", text("", UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain; charset=iso-8859-1",
                "text/plain;charset=ISO-8859-1",
                "text/plain; CHARSET=\"iso-8859-1\"",
                "text/plain; charset=\"iso\\-8859\\-1\"",
                "text/plain; format=flowed; charset=latin1; x=y",
                "text/plain; a=\"x; y\"; charset=latin1",
                "text/plain; a=\"x\\\"; charset=utf-8\"; charset=latin1",
                "text/plain ; charset=latin1 ",
                "text/plain;;charset=latin1"
            })
    void textUsesTheCharsetOfTheContentType(String contentType) {
        assertEquals("h\u00e4", text(contentType, LATIN_1));
    }

    @Test
    void textCanUseACharsetOfTwoBytesPerCharacter() {
        assertEquals("\u4e2d", text("text/plain; charset=utf-16be", new byte[] {0x4e, 0x2d}));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain; charset=no-such-charset",
                "text/plain; charset=",
                "text/plain; charset",
                "text/plain; charset=\"\"",
                "text/plain; charset=not a charset!",
                "text/plain; charset=\u00e4",
                "text/plain; xcharset=latin1",
                "text/plain; a=\"; charset=latin1\"",
                "charset",
                ";",
                "\"",
                "text/plain; a=\""
            })
    void textIsUtf8IfTheCharsetIsUnknownOrMissing(String contentType) {
        assertEquals("h\u00e4 \u4e2d", text(contentType, UTF_8));
    }

    @Test
    void textReplacesMalformedBytesInsteadOfThrowing() {
        assertEquals("a\ufffdb", text("text/plain; charset=utf-8", new byte[] {'a', (byte) 0xff, 'b'}));
    }

    @Test
    void textIsEmptyWithoutABody() {
        assertEquals("", response(Headers.EMPTY, new byte[0]).text());
    }
}

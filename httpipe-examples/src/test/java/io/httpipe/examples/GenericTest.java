package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Headers;
import io.httpipe.Token;
import io.httpipe.Version;
import org.junit.jupiter.api.Test;

class GenericTest {
    @Test
    void everyTokenIsPrintedAsInTheManual() {
        assertJson("[\"informational\",\"103\"]", new Token.Informational(103, "Early Hints", Headers.EMPTY));
        assertJson("[\"statusline\",\"200\"]", new Token.StatusLine(Version.HTTP_1_1, 200, "OK"));
        assertJson("[\"header\",[\"Server\",\"x\",\"Server: x\"]]", new Token.Header("Server", "x", "Server: x"));
        assertJson("[\"header_end\"]", new Token.HeaderEnd());
        assertJson("[\"body\",\"GET \\/echo \"]", body("GET /echo "));
        assertJson("[\"body_end\"]", new Token.BodyEnd());
        assertJson("[\"trailer\",[\"X-Sum\",\"1\",\"x-sum: 1\"]]", new Token.Trailer("X-Sum", "1", "x-sum: 1"));
        assertJson("[\"eof\"]", new Token.Eof());
    }

    @Test
    void everyByteOfABodyIsEscapedSeparately() {
        assertJson("[\"body\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", body("\"\\/\b\f\n\r\t"));
        assertJson("[\"body\",\"\\u0000\\u001f ~\\u007f\"]", body("\0\u001f ~\u007f"));
        assertJson("[\"body\",\"\\u00c3\\u00bc\"]", body("\u00fc"));
    }

    private static Token body(String text) {
        return new Token.Body(text.getBytes(UTF_8));
    }

    private static void assertJson(String expected, Token token) {
        assertEquals(expected, Generic.json(token));
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Servers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms as {@code application/x-www-form-urlencoded}, and the {@code Content-Type} that a body brings along. */
class FormTest {
    private static final String FORM = "application/x-www-form-urlencoded";

    private static AnsweringServer.Received sent(Httpipe.Builder builder, Request request) throws Exception {
        try (AnsweringServer server = new AnsweringServer(received -> AnsweringServer.ok("OK"));
                Httpipe hp = builder.build()) {
            assertEquals(
                    200,
                    hp.request(request.at(Servers.endpoint(server.server()))).status());
            return server.last();
        }
    }

    private static AnsweringServer.Received sent(Request request) throws Exception {
        return sent(Httpipe.builder(), request);
    }

    private static Request post(Body body) {
        return Request.post("http://h.test/").body(body);
    }

    /** The examples and the percent-encode set of the WHATWG URL standard, sections 1.3 and 5.2. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a|b|a=b",
                "a b|c+d|a+b=c%2Bd",
                "''|''|=",
                "*-._~|!'()|*-._%7E=%21%27%28%29",
                "\u00e4|\u20ac\ud83d\ude00|%C3%A4=%E2%82%AC%F0%9F%98%80",
                "a&b=c|%;#/?@|a%26b%3Dc=%25%3B%23%2F%3F%40"
            })
    void aPairIsEncoded(String name, String value, String expected) throws Exception {
        AnsweringServer.Received received = sent(post(Body.form(name, value.replace("''", "'"))));
        assertEquals(expected, received.body());
        assertEquals(FORM, received.field("Content-Type"));
        assertEquals(String.valueOf(expected.length()), received.field("Content-Length"));
    }

    @Test
    void lineEndsAreEncodedAsTheyAre() throws Exception {
        assertEquals(
                "a%0Ab=c%0D%0Ad%0De%00",
                sent(post(Body.form("a\nb", "c\r\nd\re\0"))).body());
    }

    @Test
    void pairsKeepTheirOrderAndNamesMayBeRepeated() throws Exception {
        assertEquals(
                "b=1&a=2&b=3",
                sent(post(Body.form("b", "1", "a", "2", "b", "3"))).body());
        Map<String, String> map = new LinkedHashMap<>();
        map.put("z", "1");
        map.put("y", "2");
        assertEquals("z=1&y=2", sent(post(Body.form(map.entrySet()))).body());
        assertEquals("", sent(post(Body.form())).body());
    }

    @Test
    void theRequestCanHaveItsOwnContentTypeOrNone() throws Exception {
        Request form = post(Body.form("a", "b"));
        assertEquals("text/x", sent(form.header("content-type", "text/x")).field("Content-Type"));
        assertNull(sent(form.withoutHeader("Content-Type")).field("Content-Type"));
        assertNull(sent(form.body("text")).field("Content-Type"));
        Httpipe.Builder json = Httpipe.builder().header("Content-Type", "application/json");
        assertEquals(FORM, sent(json, form).field("Content-Type"));
        assertEquals("application/json", sent(json, form.body("{}")).field("Content-Type"));
    }

    @Test
    void aFormIsSentAgainAfterARedirect() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> switch (request.target()) {
                    case "/307" -> AnsweringServer.redirect(307, "/end");
                    case "/303" -> AnsweringServer.redirect(303, "/end");
                    default -> AnsweringServer.ok("OK");
                });
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            hp.request(Request.post(server.uri("/307")).body(Body.form("a", "b")));
            assertEquals("a=b", server.last().body());
            assertEquals(FORM, server.last().field("Content-Type"));
            hp.request(Request.post(server.uri("/303")).body(Body.form("a", "b")));
            assertEquals("GET", server.last().method());
            assertNull(server.last().field("Content-Type"), "there is no body any more");
        }
    }

    @Test
    void mistakesAreRefused() {
        assertEquals("namesAndValues: a name without a value", refusal("a"));
        assertEquals("name: half a surrogate pair at index 0", refusal("\ud83d", "b"));
        assertEquals("value: half a surrogate pair at index 1", refusal("a", "b\ude00"));
        assertEquals("value is null", refusal("a", null));
        assertEquals("Body[form of 3 bytes]", Body.form("a", "b").toString());
    }

    private static String refusal(String... pairs) {
        return assertThrows(IllegalArgumentException.class, () -> Body.form(pairs))
                .getMessage();
    }
}

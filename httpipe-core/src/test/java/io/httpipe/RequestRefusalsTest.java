package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that no request may contain. Each method refuses it at once, and names the argument in a one-line message. */
class RequestRefusalsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"\r", "\n", "\r\n", "\0", "\r\nX-Injected: 1\r\n\r\nGET /2 HTTP/1.1\r\n", "\u007f", "\u0085"})
    void refusesControlCharactersInEveryArgument(String harmful) {
        Request request = Request.get("http://h/");
        assertRefused("method: ", () -> Request.of("GET" + harmful, "http://h/"));
        assertRefused("uri: ", () -> Request.get("http://h/" + harmful));
        assertRefused("uri: ", () -> Request.get("http://h" + harmful + "/"));
        assertRefused("uri: ", () -> Request.get("/" + harmful));
        assertRefused("path: ", () -> request.path("/a" + harmful + "b"));
        assertRefused("query: ", () -> request.rawQuery("a" + harmful + "b"));
        assertRefused("name: ", () -> request.header("X" + harmful + "Y", "1"));
        assertRefused("name: ", () -> request.addHeader("X" + harmful, "1"));
        if (!harmful.equals("\u0085")) {
            assertRefused("X-Y: ", () -> request.header("X-Y", "fine", "a" + harmful + "b"));
            assertRefused("X-Y: ", () -> request.addHeader("X-Y", harmful));
            assertRefused("Host: ", () -> request.header("Host", "h" + harmful));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "GET /", "G\u00c9T", "GET:", "(GET)", "CONNECT", "connect"})
    void refusesAMethodThatIsNotATokenOrIsConnect(String method) {
        assertRefused("method: ", () -> Request.of(method, "http://h/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b", "/a?b", "/a#b", "/a%", "/\\", "/a\ud800"})
    void refusesAPathThatMustBeEncoded(String path) {
        assertRefused("path: ", () -> Request.get("http://h/").path(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a=%", "%zz", "a\\b", "a\ud800"})
    void refusesAQueryThatMustBeEncoded(String query) {
        assertRefused("uri: ", () -> Request.get("http://h/").uri("/?" + query));
        assertRefused("query: ", () -> Request.get("http://h/").rawQuery("a#b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a b", "\r", "\n", "a\r\nX: 1", "\0", "\t", "\u007f", "\u0085", "\ud800", "\udc00\ud800", "#"})
    void refusesARawPathOrQueryThatWouldBreakTheRequestLine(String harmful) {
        Request request = Request.get("http://h/");
        assertRefused("path: ", () -> request.rawPath("/a" + harmful));
        assertRefused("path: ", () -> request.rawPath(harmful + "/a"));
        assertRefused("query: ", () -> request.rawQuery("a=" + harmful));
        assertRefused("path: ", () -> request.rawPath("/a?b"));
    }

    @Test
    void refusesASegmentThatWouldChangeThePath() {
        Request request = Request.get("http://h/users/");
        assertRefused("text: an empty segment would only add a slash at the end", () -> request.segment(""));
        assertRefused("text: \".\" is a dot segment", () -> request.segment("."));
        assertRefused("text: \"..\" is a dot segment", () -> request.segment(".."));
        assertRefused("text: half a surrogate pair at index 1", () -> request.segment("a\ud800"));
    }

    @Test
    void theErrorNamesThePositionOfTheCharacterAndTheMethodToUse() {
        Request request = Request.get("http://h/");
        assertEquals(
                "uri: \"http://127.0.0.1:9090/a b\": \" \" at index 23 must be percent-encoded: give the text to"
                        + " segment(text) or query(key, value)",
                refusal(() -> Request.get("http://127.0.0.1:9090/a b")));
        assertEquals(
                "uri: \"http://h/a?...\": \" \" at index 14 must be percent-encoded: give the text to"
                        + " segment(text) or query(key, value)",
                refusal(() -> Request.get("http://h/a?b=c d#e")));
        assertEquals(
                "uri: \"/a?...\": \"\\\\\" at index 5 must be percent-encoded: give the text to segment(text) or"
                        + " query(key, value)",
                refusal(() -> Request.get("/a?b=\\")));
        assertEquals(
                "uri: \"http://h/a#...\": \"\\n\" at index 12 must be percent-encoded: give the text to segment(text)"
                        + " or query(key, value)",
                refusal(() -> Request.get("http://h/a#b\n")));
        assertEquals(
                "uri: \"http://h/%zz\": \"%\" at index 9 does not start an escape: give the text to segment(text) or"
                        + " query(key, value)",
                refusal(() -> Request.get("http://h/%zz")));
        assertEquals(
                "uri: \"http://h/\\ud800\": half a surrogate pair at index 9",
                refusal(() -> Request.get("http://h/\ud800")));
        assertEquals(
                "path: \"/a b\": \" \" at index 2 must be percent-encoded: give the text to segment(text)",
                refusal(() -> request.path("/a b")));
        assertEquals(
                "path: \"a?...\": \"?\" at index 1 must be percent-encoded: give the text to segment(text), or a query"
                        + " to rawQuery(text)",
                refusal(() -> request.path("a?secret")));
        assertEquals(
                "query: \" \" at index 10 must be percent-encoded: give the text to query(key, value)",
                refusal(() -> request.rawQuery("key=secret value")));
        assertEquals(
                "query: \"#\" at index 1 must be percent-encoded: give the text to query(key, value)",
                refusal(() -> request.rawQuery("a#b")));
    }

    @Test
    void refusesABodyForTrace() {
        Request trace = Request.of("trace", "http://h/");
        assertRefused("body: TRACE cannot have a body", () -> trace.body("x"));
        assertRefused("body: TRACE cannot have a body", () -> trace.body(new byte[0]));
    }

    @Test
    void refusesNullAndNamesTheArgument() {
        Request request = Request.get("http://h/");
        assertRefused("method is null", () -> Request.of(null, "http://h/"));
        assertRefused("uri is null", () -> Request.get((String) null));
        assertRefused("path is null", () -> request.path(null));
        assertRefused("query is null", () -> request.rawQuery(null));
        assertRefused("pairs is null", () -> request.query((Map<String, String>) null));
        assertRefused("key is null", () -> request.query(null, "v"));
        assertRefused("value is null", () -> request.query("k", null));
        assertRefused("key is null", () -> request.queryFlag(null));
        assertRefused("name is null", () -> request.header(null, "v"));
        assertRefused("values is null", () -> request.header("X", (String[]) null));
        assertRefused("header X: value is null", () -> request.header("X", (String) null));
        assertRefused("header X-Foo: value is null", () -> request.header("x-foo", "v", null));
        assertRefused("header X: value is null", () -> request.addHeader("X", null));
        assertRefused("header x: value is null", () -> request.exactHeader("x", (String) null));
        assertRefused("name is null", () -> request.exactHeader(null, "v"));
        assertRefused("values is null", () -> request.exactHeader("X", (String[]) null));
        assertRefused("path is null", () -> request.rawPath(null));
        assertRefused("query is null", () -> request.rawQuery(null));
        assertRefused("text is null", () -> request.segment(null));
        assertRefused("body is null", () -> request.body((Body) null));
        assertRefused("bytes is null", () -> request.body((byte[]) null));
        assertRefused("text is null", () -> request.body((String) null));
        assertRefused("endpoint is null", () -> request.at(null));
        assertRefused("name is null", () -> request.pool(null));
        assertRefused("version is null", () -> request.version(null));
        assertRefused("timeouts is null", () -> request.timeouts(null));
        assertRefused("deadline is null", () -> request.deadline((Deadline) null));
        assertRefused("tls is null", () -> request.tls(null));
        assertRefused("bytes: -1 is less than 0", () -> request.maxBodySize(-1));
    }

    private static String refusal(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }

    static void assertRefused(String start, Runnable action) {
        String message =
                assertThrows(IllegalArgumentException.class, action::run, start).getMessage();
        assertTrue(message.startsWith(start), message);
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
    }
}

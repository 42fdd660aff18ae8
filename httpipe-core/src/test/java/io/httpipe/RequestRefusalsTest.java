package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no request may hold: each refusal comes where the caller gives it, and names the argument on one line. */
class RequestRefusalsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"\r", "\n", "\r\n", "\0", "\r\nX-Injected: 1\r\n\r\nGET /2 HTTP/1.1\r\n", "\u007f", "\u0085"})
    void refusesEverythingThatCouldEndALine(String evil) {
        Request request = Request.get("http://h/");
        assertRefused("method: ", () -> Request.of("GET" + evil, "http://h/"));
        assertRefused("uri: ", () -> Request.get("http://h/" + evil));
        assertRefused("uri: ", () -> Request.get("http://h" + evil + "/"));
        assertRefused("uri: ", () -> Request.get("/" + evil));
        assertRefused("path: ", () -> request.path("/a" + evil + "b"));
        assertRefused("query: ", () -> request.query("a" + evil + "b"));
        assertRefused("name: ", () -> request.header("X" + evil + "Y", "1"));
        assertRefused("name: ", () -> request.addHeader("X" + evil, "1"));
        if (!evil.equals("\u0085")) {
            assertRefused("X-Y: ", () -> request.header("X-Y", "fine", "a" + evil + "b"));
            assertRefused("X-Y: ", () -> request.addHeader("X-Y", evil));
            assertRefused("Host: ", () -> request.header("Host", "h" + evil));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "GET /", "G\u00c9T", "GET:", "(GET)", "CONNECT", "connect"})
    void refusesAMethodThatIsNoTokenOrMakesATunnel(String method) {
        assertRefused("method: ", () -> Request.of(method, "http://h/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b", "/a?b", "/a#b", "/a%", "/\"", "/\\", "/a\ud800"})
    void refusesAPathThatMustBeEncoded(String path) {
        assertRefused("path: ", () -> Request.get("http://h/").path(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a#b", "a=%", "%zz", "a=<b>", "a\ud800"})
    void refusesAQueryThatMustBeEncoded(String query) {
        assertRefused("query: ", () -> Request.get("http://h/").query(query));
    }

    @Test
    void refusesABodyForTrace() {
        Request trace = Request.of("trace", "http://h/");
        assertRefused("body: TRACE has none", () -> trace.body("x"));
        assertRefused("body: TRACE has none", () -> trace.body(new byte[0]));
    }

    @Test
    void refusesNullAndNamesTheArgument() {
        Request request = Request.get("http://h/");
        assertRefused("method: null", () -> Request.of(null, "http://h/"));
        assertRefused("uri: null", () -> Request.get(null));
        assertRefused("path: null", () -> request.path(null));
        assertRefused("query: null", () -> request.query((String) null));
        assertRefused("pairs: null", () -> request.query((Map<String, String>) null));
        assertRefused("key: null", () -> request.query(null, "v"));
        assertRefused("value: null", () -> request.query("k", null));
        assertRefused("key: null", () -> request.queryFlag(null));
        assertRefused("name: null", () -> request.header(null, "v"));
        assertRefused("values: null", () -> request.header("X", (String[]) null));
        assertRefused("X: null", () -> request.header("X", (String) null));
        assertRefused("X: null", () -> request.addHeader("X", null));
        assertRefused("body: null", () -> request.body((Body) null));
        assertRefused("bytes: null", () -> request.body((byte[]) null));
        assertRefused("text: null", () -> request.body((String) null));
        assertRefused("endpoint: null", () -> request.at(null));
        assertRefused("name: null", () -> request.pool(null));
        assertRefused("version: null", () -> request.version(null));
        assertRefused("timeouts: null", () -> request.timeouts(null));
        assertRefused("deadline: null", () -> request.deadline((Deadline) null));
        assertRefused("tls: null", () -> request.tls(null));
        assertRefused("bytes: -1 is less than 0", () -> request.maxSize(-1));
    }

    static void assertRefused(String start, Runnable doing) {
        String message =
                assertThrows(IllegalArgumentException.class, doing::run, start).getMessage();
        assertTrue(message.startsWith(start), message);
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import java.io.InputStream;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid arguments are refused before anything is sent. The exception names the argument. */
class BadInputTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Request GOOD = Request.get("http://127.0.0.1/");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "127.0.0.1/",
                "ftp://127.0.0.1:{port}/",
                "http:127.0.0.1:{port}/",
                "http:/127.0.0.1:{port}/",
                "http://",
                "http:///path",
                "http://user@127.0.0.1:{port}/",
                "http://user:secret@127.0.0.1:{port}/",
                "http://@127.0.0.1:{port}/",
                "http://127.0.0.1:0/",
                "http://127.0.0.1:65536/",
                "http://127.0.0.1:70000/",
                "http://127.0.0.1:99999999999/",
                "http://127.0.0.1:-1/",
                "http://127.0.0.1:+80/",
                "http://127.0.0.1:8 0/",
                "http://127.0.0.1:{port}\\@evil.test/",
                "http://127.0.0.1:{port}/a b",
                "http://127.0.0.1:{port}/a\r\nX-Injected: 1",
                "http://127.0.0.1:{port}/a\nb",
                "http://127.0.0.1:{port}/a\tb",
                "http://127.0.0.1:{port}/a\u0000b",
                "http://127.0.0.1:{port}/%",
                "http://127.0.0.1:{port}/%zz",
                "http://127.0.0.1 evil.test:{port}/",
                "http://[::1/",
                "http://::1:{port}/",
                "http://[127.0.0.1]:{port}/",
                "http://[::1%25lo]:{port}/",
                "http://127.1:{port}/",
                "http://0x7f.0.0.1:{port}/",
                "http://2130706433:{port}/"
            })
    void anInvalidUriIsRefused(String uri) throws Exception {
        assertNothingIsSent((hp, port) -> assertNames("uri", () -> hp.get(uri.replace("{port}", "" + port))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a\r\nX-Injected: 1", "a\nb", "a\rb", "\r\n", "a\u0000b", "a\u0001b", "a\u007fb", "a\u0100b"})
    void aHeaderValueWithControlCharactersIsRefused(String value) throws Exception {
        assertNothingIsSent((hp, port) -> {
            Request request = Request.get("http://127.0.0.1:" + port + "/");
            assertThrows(IllegalArgumentException.class, () -> hp.request(request.header("X-Some", value)));
            assertNames("X-Some", () -> request.addHeader("X-Some", value));
            assertNames("X-Some", () -> request.header("X-Some", "fine", value));
            assertNames("Host", () -> request.header("Host", value));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "X Y", "X:", "X\r\nY", "X\n", "Ünicode", "(x)", "X\u0000"})
    void aHeaderNameThatIsNotATokenIsRefused(String name) {
        assertNames("name", () -> GOOD.header(name, "v"));
        assertNames("name", () -> GOOD.addHeader(name, "v"));
        assertNames("name", () -> GOOD.header(name));
        assertThrows(IllegalArgumentException.class, () -> Headers.of(name, "v"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"content-length", "Transfer-Encoding", "TRANSFER-ENCODING"})
    void framingHeadersAreRefused(String name) {
        assertNames("name", () -> GOOD.header(name, "5"));
        assertNames("name", () -> GOOD.addHeader(name, "5"));
        assertNames("name", () -> GOOD.header(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET ", "GET /x HTTP/1.1\r\nX:", "G\r\nET", "CONNECT", "connect", "Ü"})
    void aMethodThatIsNotATokenOrIsConnectIsRefused(String method) {
        assertNames("method", () -> Request.of(method, "http://127.0.0.1/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b", "/a\r\nX: 1", "/a?b", "/a#b", "/a%", "/a%g0", "/\u0000"})
    void anInvalidPathIsRefused(String path) {
        assertNames("path", () -> GOOD.path(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\r\nX: 1", "a#b", "\u007f"})
    void anInvalidQueryIsRefused(String query) {
        assertNames("query", () -> GOOD.rawQuery(query));
        assertNames("uri", () -> GOOD.uri("/?%"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a/b", "a\r\nb", "user@host", "[::1]", "::g", "127.1", "a..b", "h:80"})
    void anInvalidHostIsRefused(String host) {
        assertNames("host", () -> Endpoint.of(host, 80));
        assertNames("host", () -> GOOD.at(host, 80));
        assertNames("serverName", () -> Tls.DEFAULT.serverName(host));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65_536, 70_000, Integer.MIN_VALUE})
    void aPortOutOfRangeIsRefused(int port) {
        assertNames("port", () -> Endpoint.of("127.0.0.1", port));
        assertNames("port", () -> GOOD.at("127.0.0.1", port));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aDurationThatIsNotPositiveIsRefused(long millis) {
        Duration time = millis == Long.MIN_VALUE ? Duration.ofSeconds(millis) : Duration.ofMillis(millis);
        Timeouts timeouts = Timeouts.DEFAULT;
        assertNames("acquire", () -> timeouts.acquire(time));
        assertNames("connect", () -> timeouts.connect(time));
        assertNames("send", () -> timeouts.send(time));
        assertNames("read", () -> timeouts.read(time));
        assertNames("acquire", () -> Timeouts.of(time));
        assertNames("duration", () -> Deadline.after(time));
        assertNames("duration", () -> GOOD.timeout(time));
        assertNames("duration", () -> Httpipe.builder().timeout(time));
        assertNames("idleTimeout", () -> Httpipe.builder().idleTimeout(time));
    }

    @Test
    void aNegativeOrTooSmallCountIsRefused() {
        assertNames("maxIdlePerRoute", () -> Httpipe.builder().maxIdlePerRoute(-1));
        assertNames("bytes", () -> GOOD.maxBodySize(-1));
        assertNames("maxBodySize", () -> Limits.DEFAULT.maxBodySize(-1));
        assertNames("headBytes", () -> Limits.DEFAULT.headBytes(1));
        assertNames("length", () -> Body.writing(-1, out -> {}));
    }

    @Test
    void aRequestWithOnlyAPathIsRefused() {
        try (Httpipe hp = Httpipe.create()) {
            assertNames("request", () -> hp.request(Request.get("/path")));
        }
    }

    @TestFactory
    Stream<DynamicTest> nullIsRefusedWithTheArgumentName() {
        Map<String, Executable> calls = new HashMap<>();
        Httpipe hp = Httpipe.create();
        Httpipe.Builder builder = Httpipe.builder();
        calls.put("uri of get()", () -> hp.get((String) null));
        calls.put("request", () -> hp.request(null));
        calls.put("request of stream()", () -> hp.stream(null));
        calls.put("handler", () -> hp.stream(GOOD, null));
        calls.put("request of request(_, handler)", () -> hp.stream(null, response -> response));
        calls.put("host of connect()", () -> hp.connect(null, 80));
        calls.put("endpoint of connect()", () -> hp.connect(null));
        calls.put("options", () -> hp.connect(Endpoint.of("127.0.0.1", 80), null));
        calls.put("connected", () -> hp.attach((SocketChannel) null));
        calls.put("uri of parseUri()", () -> Httpipe.parseUri((String) null));
        calls.put("timeouts", () -> builder.timeouts(null));
        calls.put("duration of a client", () -> builder.timeout(null));
        calls.put("limits", () -> builder.limits(null));
        calls.put("tls", () -> builder.tls(null));
        calls.put("idleTimeout", () -> builder.idleTimeout(null));
        calls.put("resolver", () -> builder.resolver(null));
        calls.put("connectionAttemptDelay", () -> builder.connectionAttemptDelay(null));
        calls.put("method", () -> Request.of(null, "/"));
        calls.put("uri", () -> Request.of("GET", (String) null));
        calls.put("uri of put()", () -> Request.put((String) null));
        calls.put("path", () -> GOOD.path(null));
        calls.put("query", () -> GOOD.rawQuery(null));
        calls.put("pairs", () -> GOOD.query((Map<String, String>) null));
        calls.put("key", () -> GOOD.query(null, "v"));
        calls.put("value", () -> GOOD.query("k", null));
        calls.put("key of pairs", () -> GOOD.query(Collections.singletonMap(null, "v")));
        calls.put("value of pairs", () -> GOOD.query(Collections.singletonMap("k", null)));
        calls.put("key of queryFlag()", () -> GOOD.queryFlag(null));
        calls.put("name", () -> GOOD.header(null, "v"));
        calls.put("values", () -> GOOD.header("X", (String[]) null));
        calls.put("header X: value is null", () -> GOOD.header("X", (String) null));
        calls.put("header X: value is null, of several", () -> GOOD.header("X", "v", null));
        calls.put("name of addHeader()", () -> GOOD.addHeader(null, "v"));
        calls.put("header X: value is null, of addHeader()", () -> GOOD.addHeader("X", null));
        calls.put("path of rawPath()", () -> GOOD.rawPath(null));
        calls.put("query of rawQuery()", () -> GOOD.rawQuery(null));
        calls.put("text of segment()", () -> GOOD.segment(null));
        calls.put("name of exactHeader()", () -> GOOD.exactHeader(null, "v"));
        calls.put("header x: value is null, of exactHeader()", () -> GOOD.exactHeader("x", (String) null));
        calls.put("body", () -> GOOD.body((Body) null));
        calls.put("bytes", () -> GOOD.body((byte[]) null));
        calls.put("text", () -> GOOD.body((String) null));
        calls.put("file", () -> Body.of((Path) null));
        calls.put("in", () -> Body.of((InputStream) null));
        calls.put("writer", () -> Body.writing(null));
        calls.put("endpoint", () -> GOOD.at(null));
        calls.put("host", () -> GOOD.at(null, 80));
        calls.put("name of pool()", () -> GOOD.pool(null));
        calls.put("version", () -> GOOD.version(null));
        calls.put("timeouts of a request", () -> GOOD.timeouts(null));
        calls.put("duration of a request", () -> GOOD.timeout((Duration) null));
        calls.put("deadline", () -> GOOD.deadline((Deadline) null));
        calls.put("tls of a request", () -> GOOD.tls(null));
        calls.put("path of unix()", () -> Endpoint.unix(null));
        calls.put("duration", () -> Deadline.after(null));
        calls.put("other", () -> Deadline.NONE.earlier(null));
        calls.put("read", () -> Timeouts.DEFAULT.read(null));
        calls.put("namesAndValues", () -> Headers.of((String[]) null));
        calls.put("name of Headers.of()", () -> Headers.of(null, "v"));
        calls.put("header X: value is null, of Headers.of()", () -> Headers.of("X", null));
        calls.put("name of first()", () -> Headers.EMPTY.first(null));
        calls.put("name of all()", () -> Headers.EMPTY.all(null));
        calls.put("name of contains()", () -> Headers.EMPTY.contains(null));
        calls.put("pem", () -> Tls.DEFAULT.trust((Path) null));
        calls.put("store", () -> Tls.DEFAULT.clientCertificate(null, new char[0]));
        calls.put("password", () -> Tls.DEFAULT.clientCertificate(KeyStore.getInstance("PKCS12"), null));
        calls.put("serverName", () -> Tls.DEFAULT.serverName(null));
        calls.put("context", () -> Tls.of((SSLContext) null));
        calls.put("source", () -> Tls.of((TlsSource) null));
        calls.put("store of trust()", () -> Tls.DEFAULT.trust((KeyStore) null));
        calls.put("manager of trust()", () -> Tls.DEFAULT.trust((X509TrustManager) null));
        calls.put("manager", () -> Tls.DEFAULT.clientCertificate(null));
        calls.put("pem of trustPem()", () -> Tls.DEFAULT.trustPem(null));
        calls.put("chain", () -> Tls.DEFAULT.clientCertificate(null, Path.of("key")));
        calls.put("key of a file", () -> Tls.DEFAULT.clientCertificate(Path.of("chain"), null));
        calls.put("chain of a text", () -> Tls.DEFAULT.clientCertificatePem(null, "key"));
        calls.put("key of a text", () -> Tls.DEFAULT.clientCertificatePem("chain", null));
        calls.put("password of a text", () -> Tls.DEFAULT.clientCertificatePem("chain", "key", (char[]) null));
        calls.put("protocols", () -> Tls.DEFAULT.protocols((String[]) null));
        calls.put("protocols of which one is", () -> Tls.DEFAULT.protocols("TLSv1.3", null));
        calls.put("cipherSuites", () -> Tls.DEFAULT.cipherSuites((String) null));
        calls.put("pins", () -> Tls.DEFAULT.pins((String[]) null));
        calls.put("pins of which one is", () -> Tls.DEFAULT.pins("", null));
        return calls.entrySet().stream()
                .map(call -> DynamicTest.dynamicTest(
                        call.getKey(), () -> assertRefusesNull(call.getKey(), call.getValue())));
    }

    private static void assertRefusesNull(String call, Executable executable) {
        if (call.contains(":")) {
            assertEquals(
                    call.split(",")[0],
                    assertThrows(IllegalArgumentException.class, executable).getMessage());
        } else {
            assertEquals(
                    call.split(" ")[0] + " is null",
                    assertThrows(IllegalArgumentException.class, executable).getMessage());
        }
    }

    private interface Attempt {
        void run(Httpipe hp, int port) throws Exception;
    }

    /** Runs a failing attempt. The next, valid request must be the first one that reaches the server. */
    private static void assertNothingIsSent(Attempt attempt) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            attempt.run(hp, server.port());
            assertEquals("OK", hp.get(server.uri("/")).text());
            assertEquals(1, server.connections());
            assertEquals(1, server.heads().size());
        }
    }

    private static void assertNames(String argument, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().startsWith(argument + ":"), e.getMessage());
        assertTrue(e.getMessage().chars().noneMatch(c -> c < ' '), "control characters are not echoed raw");
    }
}

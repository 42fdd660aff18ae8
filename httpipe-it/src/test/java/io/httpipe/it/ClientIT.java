package io.httpipe.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.ConnectFailedException;
import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Version;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and responses of every kind, over TCP, TLS and the Unix socket. */
class ClientIT {
    @AutoClose
    private final Httpipe hp = Clients.create();

    @ParameterizedTest
    @EnumSource
    void getsTheHeadAndTheBody(Transport transport) throws Exception {
        Response response = hp.request(transport.get("/headers"));
        assertEquals(200, response.status());
        assertEquals("OK", response.reason());
        assertEquals(Version.HTTP_1_1, response.version());
        assertEquals("text/plain", response.headers().first("content-type"));
        assertEquals(
                List.of("a=32; path=/", "b=4; path=/", "c"), response.headers().all("Set-Cookie"));
        assertEquals("OK", response.text());
    }

    @ParameterizedTest
    @EnumSource
    void sendsExactlyThisHead(Transport transport) throws Exception {
        Request request =
                transport.get("/echo?x=1").header("x-trace-id", "7", "8").header("user-agent", "it");
        assertEquals(
                "GET /echo?x=1 HTTP/1.1\r\n"
                        + "Host: " + transport.hostField() + "\r\n"
                        + "X-Trace-Id: 7\r\n"
                        + "X-Trace-Id: 8\r\n"
                        + "User-Agent: it\r\n"
                        + "Accept: */*\r\n\r\n",
                hp.request(request).text());
    }

    @Test
    void getsAUri() throws Exception {
        assertEquals("OK\n", hp.get(Nginx.uri("/simple-ok").toString()).text());
        assertEquals("OK\n", hp.get(Nginx.tlsUri("/simple-ok").toString()).text());
    }

    @ParameterizedTest
    @EnumSource
    void postsTextWithAContentLength(Transport transport) throws Exception {
        Response response = hp.request(transport
                .post("/body")
                .header("Content-Type", "text/plain; charset=UTF-8")
                .body("grüße"));
        assertEquals("grüße", response.text());
        assertEquals("Content-Length: 7", response.headers().first("X-Framing"));
        assertEquals("7", response.headers().first("X-Body-Length"));
    }

    @ParameterizedTest
    @CsvSource({"POST, Content-Length: 0", "PUT, Content-Length: 0", "PATCH, Content-Length: 0", "DELETE, none"})
    void sendsContentLengthZeroForMethodsThatUsuallyHaveABody(String method, String framing) throws Exception {
        Response response = hp.request(Transport.TCP.request(method, "/body"));
        assertEquals(framing, response.headers().first("X-Framing"));
        assertEquals("0", response.headers().first("X-Body-Length"));
    }

    @Test
    void sendsABodyWithAnyMethod() throws Exception {
        for (String method : List.of("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE")) {
            Response response =
                    hp.request(Transport.TCP.request(method, "/body").body("with " + method));
            assertEquals("with " + method, response.text());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/simple-ok", "/length?n=100000", "/chunked?n=100000", "/until-close?n=100000", "/status/404"})
    void doesNotWaitForABodyAfterAHeadRequest(String path) throws Exception {
        Response response = hp.request(Transport.TCP.request("HEAD", path));
        assertEquals(0, response.body().length);
        assertEquals(1, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void headReturnsTheContentLengthOfAGet() throws Exception {
        Response response = hp.request(Transport.TCP.request("HEAD", "/length?n=100000"));
        assertEquals("100000", response.headers().first("Content-Length"));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1000, 1", "100000, 4096", "100000, 10000", "1000000, 65520"})
    void readsAChunkedBody(int n, int size) throws Exception {
        for (Transport transport : Transport.values()) {
            Response response = hp.request(transport.get("/chunked?n=" + n + "&size=" + size));
            assertEquals("chunked", response.headers().first("Transfer-Encoding"));
            assertNull(response.headers().first("Content-Length"));
            assertEquals(DigitBody.text(n), response.text());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 8192, 8193, 1_000_000})
    void readsBodiesWithALengthAndUntilTheClose(int n) throws Exception {
        for (Transport transport : Transport.values()) {
            Response counted = hp.request(transport.get("/length?n=" + n));
            assertEquals(Integer.toString(n), counted.headers().first("Content-Length"));
            assertEquals(DigitBody.text(n), counted.text());

            Response untilClose = hp.request(transport.get("/until-close?n=" + n));
            assertNull(untilClose.headers().first("Content-Length"));
            assertNull(untilClose.headers().first("Transfer-Encoding"));
            assertEquals("close", untilClose.headers().first("Connection"));
            assertEquals(DigitBody.text(n), untilClose.text());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 206, 301, 400, 404, 408, 418, 429, 500, 503, 599})
    void noStatusIsAnError(int status) throws Exception {
        Response response = hp.request(Transport.TCP.get("/status/" + status));
        assertEquals(status, response.status());
        assertEquals("status " + status + "\n", response.text());
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void doesNotWaitForTheBodyOfA204Or304(int status) throws Exception {
        Response response = hp.request(Transport.TCP.get("/status/" + status));
        assertEquals(status, response.status());
        assertEquals(0, response.body().length);
        assertNull(response.headers().first("Content-Length"));
        assertEquals(1, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void doesNotFollowARedirect() throws Exception {
        Response response = hp.request(Transport.TCP.get("/redirect").query("to", "/status/500?x=y"));
        assertEquals(302, response.status());
        assertEquals("/status/500?x=y", response.headers().first("Location"));
    }

    @Test
    void doesNotAnswerAChallenge() throws Exception {
        Response response = hp.request(Transport.TCP.get("/auth"));
        assertEquals(401, response.status());
        assertEquals("Basic realm=\"httpipe\"", response.headers().first("www-authenticate"));
    }

    @Test
    void normalizesTheNamesOfResponseHeaders() throws Exception {
        StringBuilder names = new StringBuilder();
        hp.request(Transport.TCP.get("/auth"))
                .headers()
                .forEach(line -> names.append(line.getKey()).append(' '));
        assertTrue(names.toString().contains("WWW-Authenticate "), names::toString);
        assertFalse(names.toString().contains("Www"), names::toString);
    }

    @Test
    void percentEncodesPaths() throws Exception {
        String sent = "/uri/%E4%B8%AD%E6%96%87/%5Ba%7Cb%5D.txt";
        String origin = "http://" + Nginx.host() + ":" + Nginx.httpPort();
        assertEquals(sent, hp.get(origin + "/uri/中文/[a|b].txt").text());
        assertEquals(
                sent,
                hp.request(Transport.TCP.get("/").path("/uri/中文/[a|b].txt")).text());
    }

    @Test
    void encodesQueryPairsAndKeepsTheirOrder() throws Exception {
        Map<String, String> more = new LinkedHashMap<>();
        more.put("b", "2");
        more.put("a", "1");
        Request request = Transport.TCP
                .get("/uri?first=0")
                .query("k e&y", "v a=l/ü?+*'()!~")
                .query(more)
                .queryFlag("flag");
        assertEquals(
                "/uri?first=0&k%20e%26y=v%20a%3Dl%2F%C3%BC%3F%2B*'()!~&b=2&a=1&flag",
                hp.request(request).text());
    }

    @Test
    void sendsARawQueryUnchanged() throws Exception {
        assertEquals(
                "/uri?a=%2f&b=c+d",
                hp.request(Transport.TCP.get("/uri").rawQuery("a=%2f&b=c+d")).text());
        assertEquals(
                "/uri?a", hp.request(Transport.TCP.get("/uri").rawQuery("?a")).text());
        assertEquals(
                "/uri", hp.request(Transport.TCP.get("/uri?old").rawQuery("")).text());
    }

    @Test
    void nginxUnderstandsQueryArguments() throws Exception {
        Response response = hp.request(Transport.TCP
                .get("/args")
                .query("a", "1")
                .query("b", "two words")
                .queryFlag("c"));
        assertEquals("1", response.headers().first("X-Header-A"));
        assertEquals("two words", response.headers().first("X-Header-B"));
        assertEquals("true", response.headers().first("X-Header-C"));
    }

    @ParameterizedTest
    @EnumSource
    void skipsInformationalHeads(Transport transport) throws Exception {
        assertEquals("OK\n", hp.request(transport.get("/early-hints")).text());
        assertEquals("OK\n", hp.request(transport.get("/continue")).text());
    }

    @ParameterizedTest
    @EnumSource
    void readsTrailers(Transport transport) throws Exception {
        Response response = hp.request(transport.get("/trailers"));
        assertEquals("hello", response.text());
        assertEquals("X-Checksum", response.headers().first("Trailer"));
        assertEquals("5d41402abc4b2a76b9719d911017c592", response.trailers().first("X-Checksum"));
    }

    @Test
    void decodesTextInItsCharset() throws Exception {
        byte[] latin = {'g', 'r', (byte) 0xfc, 'n'};
        Request request = Transport.TCP.post("/body").body(latin);
        assertEquals(
                "grün",
                hp.request(request.header("Content-Type", "text/plain; charset=ISO-8859-1"))
                        .text());
        assertEquals(
                new String(latin, UTF_8),
                hp.request(request.header("Content-Type", "text/plain")).text());
    }

    @Test
    void atOverridesTheAddressOfTheUri() throws Exception {
        Request request = Request.get("http://somewhere.test/host").at(Nginx.host(), Nginx.httpPort());
        assertEquals("somewhere.test", hp.request(request).text());
        assertEquals("own.test", hp.request(request.header("Host", "own.test")).text());

        Request unix = Request.get("http://somewhere.test:81/host").at(Endpoint.unix(Nginx.unixSocket()));
        assertEquals("somewhere.test:81", hp.request(unix).text());
    }

    @Test
    void aFailedConnectReportsItsEndpoint() {
        Endpoint nowhere = Endpoint.unix(Nginx.unixSocket().resolveSibling("nobody.sock"));
        ConnectFailedException e = assertThrows(
                ConnectFailedException.class,
                () -> hp.request(Request.get("/simple-ok").at(nowhere)));
        assertEquals(Phase.CONNECT, e.phase());
        assertEquals(nowhere, e.endpoint());
        assertTrue(e.safeToRetry());
        assertNotNull(e.getCause());
    }
}

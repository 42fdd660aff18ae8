package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.BodyReader;
import io.httpipe.BodyTooLargeException;
import io.httpipe.Endpoint;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import io.httpipe.TlsFailedException;
import io.httpipe.Version;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code request}: its options and its result. The name of a test starts with the name in the manual. */
class ManualRequestingIT {
    private static final Request OK = Request.get("/simple-ok");

    private static final Timeouts LONG = Timeouts.of(Duration.ofSeconds(10));

    @AutoClose
    private final Httpipe hp = Clients.create();

    @ParameterizedTest
    @EnumSource
    void request_opts_overTheOpenConnection(Transport transport) throws Exception {
        try (Exchange exchange = transport.connect(hp)) {
            assertEquals("OK\n", exchange.request(OK).text());
            Response second = exchange.request(Request.post("/body").body("again"));
            assertEquals("again", second.text());
            assertEquals("2", second.headers().first("X-Connection-Requests"));
        }
    }

    @Test
    void request_host_port_opts() throws Exception {
        Request request = Request.get("/echo").at(Nginx.host(), Nginx.httpPort());
        assertTrue(hp.request(request).text().startsWith("GET /echo HTTP/1.1\r\n"));
    }

    @Test
    void request_unix_opts() throws Exception {
        Request request = Request.get("/echo").at(Endpoint.unix(Nginx.unixSocket()));
        assertTrue(hp.request(request).text().startsWith("GET /echo HTTP/1.1\r\nHost: localhost\r\n"));
    }

    @Test
    void request_version() throws Exception {
        assertEquals("11", hp.request(Transport.TCP.get("/version")).text());
        Request request = Transport.TCP.get("/version");
        assertEquals("11", hp.request(request.version(Version.HTTP_1_1)).text());
        assertEquals("10", hp.request(request.version(Version.HTTP_1_0)).text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "purge"})
    void request_method(String method) throws Exception {
        String head = hp.request(Transport.TCP.request(method, "/echo")).text();
        assertTrue(head.startsWith(method.toUpperCase(Locale.ROOT) + " /echo "), head);
    }

    @Test
    void request_path() throws Exception {
        Request request = Transport.TCP.get("/elsewhere");
        assertEquals("/uri/a", hp.request(request.path("/uri/a")).text());
        assertEquals("/uri/a%2Fb", hp.request(request.path("uri/a%2Fb")).text());
        assertEquals("/uri/gr%C3%BCn", hp.request(request.path("/uri/grün")).text());
        assertEquals("/uri/grün[", hp.request(request.rawPath("/uri/grün[")).text());
        assertEquals(
                "/uri/a%20b%2Fc",
                hp.request(request.path("/uri").segment("a b/c")).text());
        try (JdkServer server = JdkServer.of(exchange ->
                JdkServer.respond(exchange, exchange.getRequestURI().toString().getBytes(US_ASCII)))) {
            assertEquals("/", hp.get(server.uri("")).text());
        }
    }

    @Test
    void request_query_asAString() throws Exception {
        assertEquals(
                "/uri?a=1&b=%20",
                hp.request(Transport.TCP.get("/uri").rawQuery("a=1&b=%20")).text());
        assertEquals(
                "/uri?a%5B%5D=%C3%A4",
                hp.request(Transport.TCP.get("/uri?a[]=ä")).text());
        assertEquals(
                "/uri?a[]=ä",
                hp.request(Transport.TCP.get("/uri").rawQuery("a[]=ä")).text());
    }

    @Test
    void request_query_asATable() throws Exception {
        assertEquals(
                "/uri?a=%26%20%3D",
                hp.request(Transport.TCP.get("/uri").query(Map.of("a", "& ="))).text());
        Request list =
                Transport.TCP.get("/uri").query("x", "1").query("x", "two").queryFlag("x");
        assertEquals("/uri?x=1&x=two&x", hp.request(list).text());
    }

    @Test
    void request_headers_areNormalized() throws Exception {
        Request request = Transport.TCP
                .get("/echo")
                .header("accept-encoding", "identity")
                .header("eTAG", "1")
                .header("foo-bar", "2", "3")
                .addHeader("BAZ", "4")
                .exactHeader("soapACTION", "5")
                .withoutHeader("Accept");
        String head = hp.request(request).text();
        assertTrue(
                head.contains("\r\nAccept-Encoding: identity\r\nETag: 1\r\nFoo-Bar: 2\r\nFoo-Bar: 3\r\nBaz: 4"
                        + "\r\nsoapACTION: 5\r\n"),
                head);
        assertFalse(head.contains("Accept: "), head);
    }

    @Test
    void request_body_asAString() throws Exception {
        Response response = hp.request(Transport.TCP.post("/body").body("hello"));
        assertEquals("Content-Length: 5", response.headers().first("X-Framing"));
        assertEquals("hello", response.text());
    }

    @Test
    void request_body_asAnIterator() throws Exception {
        Body body = Body.of(
                List.of(DigitBody.bytes(16), new byte[0], DigitBody.bytes(300)).iterator());
        Response response = hp.request(Transport.TCP.post("/body").body(body));
        assertEquals("Transfer-Encoding: chunked", response.headers().first("X-Framing"));
        assertEquals(DigitBody.text(316), response.text());
    }

    @Test
    void request_read_timeout() {
        Request request = Transport.TCP.get("/sleep?ms=3600000").timeouts(LONG.read(Duration.ofMillis(100)));
        TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
        assertEquals(Phase.RESPONSE_HEAD, e.phase());
    }

    @Test
    void request_send_timeout() throws Exception {
        long endless = 1L << 40;
        Request request = Transport.TCP
                .post("/sleep?ms=3600000")
                .body(Body.writing(endless, out -> DigitBody.write(out, endless)))
                .timeouts(LONG.send(Duration.ofMillis(100)));
        TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
        assertEquals(Phase.SEND, e.phase());
        // The send timeout does not limit reading:
        Request slow = Transport.TCP.get("/sleep?ms=500").timeouts(LONG.send(Duration.ofMillis(100)));
        assertEquals("OK\n", hp.request(slow).text());
    }

    @Test
    void request_stream() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/length?n=100000"))) {
            assertEquals(200, response.status());
            assertArrayEquals(DigitBody.bytes(100_000), response.body().readAllBytes());
        }
        int length = hp.stream(
                Transport.TCP.get("/length?n=100000"),
                response -> response.body().readAllBytes().length);
        assertEquals(100_000, length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/length?n=", "/chunked?size=100&n=", "/until-close?n="})
    void request_maxsize_exceedsMaxsize(String path) throws Exception {
        BodyTooLargeException e = assertThrows(
                BodyTooLargeException.class,
                () -> hp.request(Transport.TCP.get(path + "1025").maxBodySize(1024)));
        assertEquals(1024, e.maxBodySize());
        assertEquals(
                1024,
                hp.request(Transport.TCP.get(path + "1024").maxBodySize(1024)).body().length);
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get(path + "1025").maxBodySize(1024));
            assertThrows(BodyTooLargeException.class, exchange::readResponse);
        }
        try (StreamedResponse response =
                hp.stream(Transport.TCP.get("/chunked?n=1025").maxBodySize(1024))) {
            assertThrows(BodyTooLargeException.class, () -> response.body().readAllBytes());
        }
    }

    @Test
    void request_ssl_verify() throws Exception {
        Request request = Request.get("https://wrong.test/simple-ok").at(Nginx.host(), Nginx.tlsPort());
        assertThrows(TlsFailedException.class, () -> hp.request(request));
        assertEquals("OK\n", hp.request(request.tls(Tls.DEFAULT.verify(false))).text());
    }

    @Test
    void res_status_headers_body() throws Exception {
        Response res = hp.request(Transport.TCP.get("/headers"));
        assertEquals(200, res.status());
        assertEquals("yes", res.headers().first("x-test"));
        assertEquals(3, res.headers().all("Set-Cookie").size());
        assertArrayEquals(new byte[] {'O', 'K'}, res.body());
        assertEquals("OK", res.text());
    }

    @Test
    void res_body_reader_readsChunksOfAGivenSize() throws Exception {
        try (StreamedResponse res = hp.stream(Transport.TCP.get("/chunked?n=100000"))) {
            BodyReader reader = res.body();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (byte[] chunk = reader.readChunk(8192); chunk != null; chunk = reader.readChunk(8192)) {
                assertTrue(chunk.length <= 8192);
                body.write(chunk);
            }
            assertArrayEquals(DigitBody.bytes(100_000), body.toByteArray());
        }
    }

    @Test
    void res_pipe_usesTheBodyReaderAsItsBody() throws Exception {
        try (StreamedResponse res = hp.stream(Transport.TCP.get("/length?n=100000"))) {
            Response piped = res.pipe().timeouts(LONG).request(Transport.TCP.post("/body"));
            assertEquals("Content-Length: 100000", piped.headers().first("X-Framing"));
            assertEquals(DigitBody.text(100_000), piped.text());
        }
        try (StreamedResponse res = hp.stream(Transport.TCP.get("/chunked?n=100000"));
                StreamedResponse piped = res.pipe().stream(Transport.TCP.post("/body"))) {
            assertEquals("Transfer-Encoding: chunked", piped.headers().first("X-Framing"));
            assertEquals(DigitBody.text(100_000), new String(piped.body().readAllBytes(), US_ASCII));
        }
    }

    @Test
    void request_uri() throws Exception {
        assertEquals("/uri?a=b", hp.get(Nginx.uri("/uri?a=b").toString()).text());
        assertEquals("/uri?a=b", hp.get(Nginx.tlsUri("/uri?a=b").toString()).text());
    }

    @Test
    void request_uri_opts_overridePartsOfTheUri() throws Exception {
        Request request = Request.get(Nginx.uri("/elsewhere?a=b").toString());
        assertEquals("/uri?a=b", hp.request(request.path("/uri")).text());
        assertEquals(
                "/uri?c=d", hp.request(request.path("/uri").rawQuery("c=d")).text());
    }
}

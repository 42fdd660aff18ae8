package io.httpipe.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EchoServerTest {
    private EchoServer server;
    private Httpipe hp;

    @BeforeEach
    void start() throws IOException {
        server = EchoServer.start();
        hp = Httpipe.create();
    }

    @AfterEach
    void stop() {
        hp.close();
        server.close();
    }

    @Test
    void echoesAGetWithItsLength() throws Exception {
        Response response = hp.get(server.base() + "/echo?a=%20b");
        String echoed = Echoed.get("/echo?a=%20b", server);
        assertEquals(echoed, response.text());
        assertEquals(String.valueOf(echoed.length()), response.headers().first("Content-Length"));
    }

    @Test
    void echoesAPostInAChunkedResponse() throws Exception {
        Response response = hp.request(
                Request.post(server.base() + "/echo").header("x-b", "2", "1").body("a\u00fc"));
        assertEquals(
                "POST /echo HTTP/1.1\r\nHost: " + Echoed.host(server) + "\r\n"
                        + "Accept: */*\r\nContent-Length: 3\r\nUser-Agent: httpipe/0.1\r\nX-B: 2\r\nX-B: 1\r\n\r\n"
                        + "a\u00fc",
                response.text());
        assertEquals("chunked", response.headers().first("Transfer-Encoding"));
        assertEquals(1, hp.get(server.base() + "/echo").reusedTimes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/echo", "/simple", "/generic", "/advanced", "/proxy/echo"})
    void answersAHeadRequestWithoutABody(String path) throws Exception {
        Response response = hp.request(Request.head(server.base() + path));
        assertEquals(200, response.status());
        assertEquals("", response.text());
        assertEquals(1, hp.get(server.base() + "/echo").reusedTimes());
    }

    @Test
    void simpleReturnsTheEchoWithItsHeaders() throws Exception {
        Response response = hp.get(server.base() + "/simple");
        assertEquals(200, response.status());
        assertEquals("text/plain", response.headers().first("Content-Type"));
        assertEquals(Echoed.get("/echo", server), response.text());
    }

    @Test
    void genericReturnsTheTokensOfTheEcho() throws Exception {
        TourTest.assertTokens(
                Echoed.get("/echo", server), hp.get(server.base() + "/generic").text());
    }

    @Test
    void advancedReturnsAnEchoOfTheEcho() throws Exception {
        Response response = hp.get(server.base() + "/advanced");
        String first = Echoed.get("/echo", server);
        assertEquals(Echoed.post("Content-Length: " + first.length(), server) + first, response.text());
        // The echo was chunked. This response has a length instead.
        assertEquals(String.valueOf(response.body().length), response.headers().first("Content-Length"));
        assertNull(response.headers().first("Transfer-Encoding"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/simple", "/generic", "/advanced", "/proxy/echo"})
    void answers503IfTheUpstreamServerCannotBeReached(String path) throws Exception {
        // Bound, but nobody listens there.
        try (Socket nobody = new Socket()) {
            nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            String upstream = "127.0.0.1:" + nobody.getLocalPort();
            try (EchoServer front = EchoServer.start(0, "http://" + upstream)) {
                Response response = hp.get(front.base() + path);
                assertEquals(503, response.status());
                assertTrue(response.text().contains(upstream), response.text());
                assertFalse(response.headers().contains("Transfer-Encoding"));
            }
        }
    }
}

package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.httpipe.Body;
import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClientBodyProxyTest {
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
    void aRequestWithoutABodyIsForwardedWithoutABody() throws Exception {
        Response response = hp.get(server.base() + "/proxy/echo?a=%20b");
        assertEquals(Echoed.proxied("GET /echo?a=%20b", "", server), response.text());
    }

    @Test
    void aBodyOfKnownLengthIsForwardedWithThatLength() throws Exception {
        Response response =
                hp.request(Request.post(server.base() + "/proxy/echo").body("hello"));
        assertEquals(Echoed.proxied("POST /echo", "Content-Length: 5\r\n", server) + "hello", response.text());
    }

    @Test
    void aChunkedBodyIsForwardedInChunks() throws Exception {
        Body chunks =
                Body.of(List.of("hel".getBytes(UTF_8), "lo".getBytes(UTF_8)).iterator());
        Response response =
                hp.request(Request.put(server.base() + "/proxy/echo").body(chunks));
        assertEquals(Echoed.proxied("PUT /echo", "Transfer-Encoding: chunked\r\n", server) + "hello", response.text());
        assertEquals(1, hp.get(server.base() + "/echo").reusedTimes());
    }

    @Test
    void aBodyIsForwardedWhileTheClientIsSendingIt() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        try (Upstream upstream = new Upstream(exchange -> {
                    try (exchange) {
                        int first = exchange.getRequestBody().read();
                        arrived.countDown();
                        byte[] rest = exchange.getRequestBody().readAllBytes();
                        exchange.sendResponseHeaders(200, 1 + rest.length);
                        exchange.getResponseBody().write(first);
                        exchange.getResponseBody().write(rest);
                    }
                });
                EchoServer proxy = EchoServer.start(0, upstream.base())) {
            Body body = Body.writing(out -> {
                out.write("first".getBytes(UTF_8));
                out.flush();
                assertTrue(await(arrived), "the first piece arrives before the second is sent");
                out.write(" second".getBytes(UTF_8));
            });
            Response response =
                    hp.request(Request.post(proxy.base() + "/proxy/a").body(body));
            assertEquals("first second", response.text());
        }
    }

    @Test
    void hopByHopFieldsOfARequestAreNotForwarded() throws Exception {
        Response response = hp.request(Request.get(server.base() + "/proxy/echo")
                .header("Connection", "x-mine, Keep-Alive", " X-Other")
                .header("Keep-Alive", "timeout=5")
                .header("Proxy-Connection", "keep-alive")
                .header("TE", "trailers")
                .header("Upgrade", "websocket")
                .header("X-Mine", "1")
                .header("X-Other", "2")
                .header("X-Kept", "3", "4"));
        assertEquals(
                Echoed.proxied("GET /echo", "", server).replace("\r\n\r\n", "\r\nX-Kept: 3\r\nX-Kept: 4\r\n\r\n"),
                response.text());
    }

    @Test
    void anExpectFieldIsHandledByTheProxyAndNotForwarded() throws Exception {
        Response response = hp.request(
                Request.post(server.base() + "/proxy/echo").body("hello").expectContinue(Duration.ofSeconds(10)));
        assertEquals(Echoed.proxied("POST /echo", "Content-Length: 5\r\n", server) + "hello", response.text());
    }

    @Test
    void hopByHopFieldsOfAResponseAreNotForwarded() throws Exception {
        try (Upstream upstream = new Upstream(exchange -> {
                    try (exchange) {
                        exchange.getResponseHeaders().add("Connection", "X-Mine");
                        exchange.getResponseHeaders().add("X-Mine", "1");
                        exchange.getResponseHeaders().add("Keep-Alive", "timeout=5");
                        exchange.getResponseHeaders().add("Proxy-Connection", "keep-alive");
                        exchange.getResponseHeaders().add("Upgrade", "h2c");
                        exchange.getResponseHeaders().add("Set-Cookie", "a=1");
                        exchange.getResponseHeaders().add("Set-Cookie", "b=2");
                        exchange.sendResponseHeaders(404, 4);
                        exchange.getResponseBody().write("none".getBytes(UTF_8));
                    }
                });
                EchoServer proxy = EchoServer.start(0, upstream.base())) {
            Response response = hp.get(proxy.base() + "/proxy/a");
            assertEquals(404, response.status());
            assertEquals("none", response.text());
            for (String name : List.of("Connection", "X-Mine", "Keep-Alive", "Proxy-Connection", "Upgrade")) {
                assertFalse(response.headers().contains(name), name);
            }
            assertEquals(List.of("a=1", "b=2"), response.headers().all("Set-Cookie"));
            assertEquals(List.of("4"), response.headers().all("Content-Length"));
        }
    }

    @Test
    void statusesWithoutABodyAndEmptyBodiesAreForwarded() throws Exception {
        for (int status : new int[] {200, 204, 304}) {
            try (Upstream upstream = new Upstream(exchange -> {
                        try (exchange) {
                            exchange.sendResponseHeaders(status, -1);
                        }
                    });
                    EchoServer proxy = EchoServer.start(0, upstream.base())) {
                assertEquals(status, hp.get(proxy.base() + "/proxy/a").status());
                assertArrayEquals(new byte[0], hp.get(proxy.base() + "/proxy/a").body());
            }
        }
    }

    @Test
    void aResponseThatIsCutOffFailsAtTheClientToo() throws Exception {
        try (ServerSocket upstream = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EchoServer proxy = EchoServer.start(0, "http://127.0.0.1:" + upstream.getLocalPort())) {
            Thread.ofPlatform().start(() -> {
                try (Socket socket = upstream.accept()) {
                    assertTrue(socket.getInputStream().read(new byte[4096]) > 0);
                    OutputStream out = socket.getOutputStream();
                    out.write(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".getBytes(ISO_8859_1));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThrows(ConnectionLostException.class, () -> hp.get(proxy.base() + "/proxy/a"));
        }
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A server with one handler for all requests. The handler runs on the platform thread that accepts connections. */
    private record Upstream(HttpServer server) implements AutoCloseable {
        Upstream(HttpHandler handler) throws IOException {
            this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
            server.createContext("/", handler);
            server.start();
        }

        String base() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}

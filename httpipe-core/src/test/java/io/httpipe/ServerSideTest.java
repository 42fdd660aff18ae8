package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads and forwards the request body that a server has received; get_client_body_reader in the Lua manual. */
@Timeout(30)
class ServerSideTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";

    /** A JDK server that answers each request with the result of the handler. */
    private static final class Downstream implements AutoCloseable {
        private final HttpServer server;
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        Downstream(HttpHandler handler) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", handler);
            server.start();
        }

        String uri() {
            return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        }

        @Override
        public void close() {
            server.stop(0);
            threads.close();
        }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String describe(HttpExchange exchange) throws IOException {
        BodyReader reader = BodyReader.of(exchange);
        return reader.length() + ":" + new String(reader.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void theReaderKnowsTheAnnouncedLength() throws Exception {
        try (Downstream server = new Downstream(exchange -> answer(exchange, describe(exchange)));
                Httpipe hp = Httpipe.create()) {
            assertEquals(
                    "5:hello",
                    hp.request(Request.post(server.uri()).body("hello")).text());
        }
    }

    @Test
    void theReaderReadsAChunkedBodyOfUnknownLength() throws Exception {
        try (Downstream server = new Downstream(exchange -> answer(exchange, describe(exchange)));
                Httpipe hp = Httpipe.create()) {
            Body chunked = Body.writing(out -> out.write("hello".getBytes(StandardCharsets.ISO_8859_1)));
            assertEquals(
                    "-1:hello",
                    hp.request(Request.post(server.uri()).body(chunked)).text());
        }
    }

    @Test
    void aRequestWithoutABodyIsReadAsAnEmptyBody() throws Exception {
        try (Downstream server = new Downstream(exchange -> answer(exchange, describe(exchange)));
                Httpipe hp = Httpipe.create()) {
            assertEquals("0:", hp.get(server.uri()).text());
        }
    }

    @Test
    void readChunkReturnsChunksOfTheGivenSizeAndThenNull() throws Exception {
        BodyReader reader = BodyReader.of(new ByteArrayInputStream(new byte[25]), 25);
        assertEquals(25, reader.length());
        assertEquals(10, reader.readChunk(10).length);
        assertEquals(7, reader.readChunk(7).length);
        assertEquals(8, reader.readChunk(100).length);
        assertNull(reader.readChunk(1));
        assertEquals(-1, BodyReader.of(new ByteArrayInputStream(new byte[0])).length());
    }

    @Test
    void aKnownLengthIsSentUpstream() throws Exception {
        try (ScriptedServer upstream = ScriptedServer.of(peer -> {
                    assertTrue(peer.head().contains("Content-Length: 5\r\n"));
                    assertEquals("hello", peer.body(5));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create();
                Downstream proxy = new Downstream(exchange -> {
                    Request up = Request.put(upstream.uri("/store")).body(Body.of(BodyReader.of(exchange)));
                    answer(exchange, hp.request(up).text());
                })) {
            assertEquals(
                    "OK\n", hp.request(Request.post(proxy.uri()).body("hello")).text());
        }
    }

    @Test
    void aChunkedBodyIsSentUpstreamInChunks() throws Exception {
        byte[] sent = "hello world".repeat(1_000).getBytes(StandardCharsets.ISO_8859_1);
        byte[][] received = new byte[1][];
        try (Httpipe hp = Httpipe.create();
                Downstream upstream = new Downstream(exchange -> {
                    assertEquals("chunked", exchange.getRequestHeaders().getFirst("Transfer-Encoding"));
                    received[0] = exchange.getRequestBody().readAllBytes();
                    answer(exchange, "OK\n");
                });
                Downstream proxy = new Downstream(exchange -> {
                    Request up = Request.put(upstream.uri()).body(Body.of(BodyReader.of(exchange)));
                    answer(exchange, hp.request(up).text());
                })) {
            Body chunked = Body.writing(out -> out.write(sent));
            assertEquals(
                    "OK\n", hp.request(Request.post(proxy.uri()).body(chunked)).text());
            assertArrayEquals(sent, received[0]);
        }
    }
}

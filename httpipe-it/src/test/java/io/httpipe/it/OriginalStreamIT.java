package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import io.httpipe.Body;
import io.httpipe.BodyReader;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/03-stream.t. A piece is what has arrived, up to the given size. The number of pieces varies. */
class OriginalStreamIT {
    private static final String BODY_108 = DigitBody.text(108);

    @AutoClose
    private final Httpipe hp = Clients.create();

    @Test
    void t03_stream_test1_aChunkedBodyIsReadPieceByPiece() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/chunked?sizes=30000,2768"))) {
            assertEquals("chunked", response.headers().first("Transfer-Encoding"));
            assertNull(response.headers().first("Content-Length"));
            assertEquals("keep-alive", response.headers().first("Connection"));
            assertEquals(32768, readAll(response.body()));
        }
    }

    /** The original gets exactly three pieces, because it waits until each is full. */
    @Test
    void t03_stream_test2_aBodyUntilTheCloseIsReadInPiecesOfGrowingSize() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/until-close?n=32768"))) {
            assertNull(response.headers().first("Transfer-Encoding"));
            assertNull(response.headers().first("Content-Length"));
            assertEquals("close", response.headers().first("Connection"));
            int size = 8192;
            int total = 0;
            for (byte[] piece = response.body().readChunk(size);
                    piece != null;
                    piece = response.body().readChunk(size)) {
                assertTrue(piece.length <= size);
                total += piece.length;
                size *= 2;
            }
            assertEquals(32768, total);
        }
    }

    @Test
    void t03_stream_test3_theClientsBodyIsReadByAHandler() throws Exception {
        try (JdkServer server = JdkServer.of(
                exchange -> JdkServer.respond(exchange, BodyReader.of(exchange).readAllBytes()))) {
            Request request = Request.post(server.uri("/echo")).body(BODY_108);
            assertEquals(BODY_108, hp.request(request).text());
        }
    }

    /** The original gets pieces of 64, 44 and nil. */
    @Test
    void t03_stream_test4_theClientsBodyIsReadInChunksOf64() throws Exception {
        try (JdkServer server = JdkServer.of(exchange -> {
            BodyReader body = BodyReader.of(exchange);
            ByteArrayOutputStream pieces = new ByteArrayOutputStream();
            for (byte[] piece = body.readChunk(64); piece != null; piece = body.readChunk(64)) {
                if (piece.length > 64) {
                    throw new IOException("a piece of " + piece.length);
                }
                pieces.write(piece);
            }
            JdkServer.respond(exchange, pieces.toByteArray());
        })) {
            Request request = Request.post(server.uri("/echo")).body(BODY_108);
            assertEquals(BODY_108, hp.request(request).text());
        }
    }

    /** The original also copies Content-Length, and by mistake sends a GET. Here the client sets the length. */
    @Test
    void t03_stream_test5_theClientsBodyAndHeadersArePassedUpstream() throws Exception {
        try (JdkServer server = JdkServer.of(exchange -> {
            Request upstream = withHeadersOf(exchange, Transport.TCP.request(exchange.getRequestMethod(), "/body"));
            Response response = hp.request(upstream.body(Body.of(BodyReader.of(exchange))));
            JdkServer.respond(exchange, response);
        })) {
            Request request = Request.post(server.uri("/")).header("X-Test", "passed on");
            Response response = hp.request(request.body(BODY_108));
            assertEquals(BODY_108, response.text());
            assertEquals("Content-Length: 108", response.headers().first("X-Framing"));
            assertEquals("108", response.headers().first("X-Body-Length"));
        }
    }

    private static Request withHeadersOf(HttpExchange exchange, Request upstream) {
        Request request = upstream;
        for (Map.Entry<String, List<String>> field :
                exchange.getRequestHeaders().entrySet()) {
            if (!field.getKey().equalsIgnoreCase("Content-Length")) {
                request = request.header(field.getKey(), field.getValue().toArray(String[]::new));
            }
        }
        return request;
    }

    @Test
    void t03_stream_test6_headStreamsNothing() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.request("HEAD", "/length?n=32768"))) {
            assertEquals(200, response.status());
            assertNull(response.body().readChunk(8192));
        }
    }

    @Test
    void t03_stream_test7_aBodyWithALengthIsReadPieceByPiece() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/length?n=32768"))) {
            assertNull(response.headers().first("Transfer-Encoding"));
            assertEquals("32768", response.headers().first("Content-Length"));
            assertEquals("keep-alive", response.headers().first("Connection"));
            assertEquals(32768, readAll(response.body()));
        }
    }

    private static int readAll(BodyReader body) throws IOException {
        int total = 0;
        for (byte[] piece = body.readChunk(8192); piece != null; piece = body.readChunk(8192)) {
            total += piece.length;
        }
        return total;
    }
}

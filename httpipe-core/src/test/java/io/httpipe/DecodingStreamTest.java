package io.httpipe;

import static io.httpipe.testing.Encodings.bytes;
import static io.httpipe.testing.Encodings.chunk;
import static io.httpipe.testing.Encodings.first;
import static io.httpipe.testing.Encodings.gzip;
import static io.httpipe.testing.Encodings.response;
import static io.httpipe.testing.Encodings.zlib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.FixedSeed;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed responses that are decoded while they arrive: pieces, flushes, pipes, and the ways in which they end. */
@Timeout(60)
class DecodingStreamTest {
    private static final byte[] PLAIN = bytes("Some text that is repeated. ".repeat(300));
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static Httpipe client() {
        return Httpipe.builder().decoding(Decoding.ON).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "deflate, gzip"})
    void eachFlushArrivesBeforeTheNextBytesAreSent(String coding) throws Exception {
        CountDownLatch[] seen = {new CountDownLatch(1), new CountDownLatch(1)};
        Script script = peer -> {
            peer.head();
            peer.send(CHUNKED.formatted(coding));
            ByteArrayOutputStream encoded = new ByteArrayOutputStream();
            OutputStream out = coding.endsWith("gzip")
                    ? new GZIPOutputStream(encoded, true)
                    : new DeflaterOutputStream(encoded, true);
            OutputStream inner = coding.contains(",") ? new DeflaterOutputStream(out, true) : out;
            for (int i = 0; i < 2; i++) {
                inner.write(bytes("event " + i));
                inner.flush();
                peer.send(chunk(encoded.toByteArray()));
                encoded.reset();
                // The server sends nothing more until the client has received this event.
                seen[i].await();
            }
            inner.close();
            peer.send(chunk(encoded.toByteArray()) + "0\r\nX-Sum: 7\r\n\r\n");
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            byte[] buffer = new byte[100];
            for (int i = 0; i < 2; i++) {
                int length = response.body().read(buffer);
                assertEquals("event " + i, new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
                seen[i].countDown();
            }
            assertEquals(-1, response.body().read(buffer));
            assertEquals(-1, response.body().read(buffer));
            assertEquals("7", response.trailers().first("X-Sum"));
            assertEquals(-1, response.body().length());
        }
    }

    @Test
    void aBodyThatArrivesByteByByteCanBeReadByteByByte() throws Exception {
        for (byte[] encoded : new byte[][] {gzip(PLAIN), zlib(PLAIN)}) {
            StringBuilder response = new StringBuilder(CHUNKED.formatted(encoded[0] == 0x1f ? "gzip" : "deflate"));
            for (byte b : encoded) {
                response.append(chunk(new byte[] {b}));
            }
            try (ScriptedServer server = ScriptedServer.answering(response + "0\r\n\r\n");
                    Httpipe hp = client();
                    StreamedResponse streamed = hp.stream(Request.get(server.uri("/")))) {
                ByteArrayOutputStream decoded = new ByteArrayOutputStream();
                for (int b = streamed.body().read(); b >= 0; b = streamed.body().read()) {
                    decoded.write(b);
                }
                assertArrayEquals(PLAIN, decoded.toByteArray());
            }
        }
    }

    @Test
    void randomDataInRandomPiecesAtEachLevelIsDecoded() throws Exception {
        Random random = new FixedSeed(DecodingStreamTest.class, 19).random();
        for (int round = 0; round < 40; round++) {
            byte[] plain = new byte[random.nextInt(200_000)];
            for (int i = 0; i < plain.length; i++) {
                plain[i] = (byte) random.nextInt(1 + round);
            }
            boolean raw = random.nextBoolean();
            ByteArrayOutputStream encoded = new ByteArrayOutputStream();
            Deflater deflater = new Deflater(random.nextInt(10), raw);
            try (DeflaterOutputStream out = new DeflaterOutputStream(encoded, deflater, true)) {
                for (int from = 0; from < plain.length; ) {
                    int count = Math.min(1 + random.nextInt(50_000), plain.length - from);
                    out.write(plain, from, count);
                    from += count;
                    if (random.nextInt(3) == 0) {
                        out.flush();
                    }
                }
            } finally {
                deflater.end();
            }
            byte[] bytes = encoded.toByteArray();
            StringBuilder response = new StringBuilder(CHUNKED.formatted("deflate"));
            for (int from = 0; from < bytes.length; ) {
                int count = Math.min(1 + random.nextInt(20_000), bytes.length - from);
                response.append(chunk(java.util.Arrays.copyOfRange(bytes, from, from + count)));
                from += count;
            }
            response.append("0\r\n\r\n");
            try (ScriptedServer server =
                            ScriptedServer.of(ScriptedServer.inTurn(response.toString(), response.toString()));
                    Httpipe hp = client()) {
                assertArrayEquals(plain, hp.get(server.uri("/")).body(), "round " + round);
                byte[] streamed =
                        hp.stream(Request.get(server.uri("/")), r -> r.body().readAllBytes());
                assertArrayEquals(plain, streamed, "round " + round);
            }
        }
    }

    @Test
    void aFailureIsReportedAgain() throws Exception {
        byte[] encoded = gzip(PLAIN);
        try (AnsweringServer server =
                        new AnsweringServer(request -> response("gzip", first(encoded, encoded.length - 4)));
                Httpipe hp = client();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            DecodingException e =
                    assertThrows(DecodingException.class, () -> response.body().readAllBytes());
            assertEquals(DecodingException.Reason.TRUNCATED, e.reason());
            assertEquals(
                    "the body cannot be decoded from gzip: it is incomplete",
                    e.getMessage().split(" \\(")[0]);
            assertThrows(DecodingException.class, () -> response.body().read());
        }
    }

    @Test
    void aReadAfterACloseThrowsInsteadOfReturningTheEnd() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> response("gzip", gzip(PLAIN)));
                Httpipe hp = client()) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            response.body().read();
            response.close();
            assertThrows(IllegalStateException.class, () -> response.body().read());
        }
    }

    @Test
    void anotherThreadEndsAReadByClosing() throws Exception {
        byte[] start = first(gzip(PLAIN), 12);
        CountDownLatch reading = new CountDownLatch(1);
        Script script = peer -> {
            peer.head();
            peer.send(CHUNKED.formatted("gzip") + chunk(start));
            reading.countDown();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client()) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread reader = Thread.ofPlatform().start(() -> end.complete(failureOf(response)));
            reading.await();
            response.close();
            Throwable failure = end.join();
            reader.join();
            boolean closedBefore = failure instanceof IllegalStateException;
            if (!closedBefore) {
                assertEquals(
                        CancelledException.Reason.RESPONSE_CLOSED,
                        assertInstance(CancelledException.class, failure).reason());
            }
        }
    }

    private static <T> T assertInstance(Class<T> type, Throwable value) {
        return org.junit.jupiter.api.Assertions.assertInstanceOf(type, value);
    }

    private static Throwable failureOf(StreamedResponse response) {
        return assertThrows(Exception.class, () -> response.body().readAllBytes());
    }

    @Test
    void aPipeForwardsTheBodyWithItsCoding() throws Exception {
        byte[] encoded = gzip(PLAIN);
        String text = new String(encoded, StandardCharsets.ISO_8859_1);
        try (AnsweringServer source = new AnsweringServer(request -> response("gzip", encoded));
                AnsweringServer target = new AnsweringServer(request -> AnsweringServer.ok("ok"));
                Httpipe hp = client()) {
            hp.stream(Request.get(source.uri("/"))).pipe().request(Request.put(target.uri("/")));
            assertEquals("gzip", target.last().field("Content-Encoding"));
            assertEquals(String.valueOf(encoded.length), target.last().field("Content-Length"));
            assertEquals(text, target.last().body());

            Request own = Request.put(target.uri("/")).withoutHeader("Content-Encoding");
            hp.stream(Request.get(source.uri("/"))).pipe().request(own);
            assertNull(target.last().field("Content-Encoding"));

            hp.stream(Request.get(source.uri("/"))).pipe().decoded().request(Request.put(target.uri("/")));
            assertNull(target.last().field("Content-Encoding"));
            assertEquals(
                    new String(PLAIN, StandardCharsets.ISO_8859_1),
                    target.last().body());

            StreamedResponse begun = hp.stream(Request.get(source.uri("/")));
            assertEquals('S', begun.body().read());
            begun.pipe().request(Request.put(target.uri("/")));
            assertNull(target.last().field("Content-Encoding"));
            assertEquals(
                    new String(PLAIN, 1, PLAIN.length - 1, StandardCharsets.ISO_8859_1),
                    target.last().body());
        }
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends the same body a second time. */
@Timeout(60)
class BodySentTwiceTest {
    private static final String HELLO = "hello";

    private static byte[] hello() {
        return HELLO.getBytes(StandardCharsets.US_ASCII);
    }

    private static InputStream stream() {
        return new ByteArrayInputStream(hello());
    }

    /** Returns each request body in its response. */
    private static void echo(Peer peer) throws IOException {
        for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            RequestBodyReader reader = peer.bodyOf(head);
            while (reader.next(body)) {
                continue;
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.size() + "\r\n\r\n");
            peer.send(body.toByteArray());
        }
    }

    private static List<Body> oneTimeBodies() {
        return List.of(
                Body.of(stream()),
                Body.of(stream(), HELLO.length()),
                Body.of(BodyReader.of(stream())),
                Body.of(List.of(hello()).iterator()),
                Body.writing(out -> out.write(hello())),
                Body.writing(HELLO.length(), out -> out.write(hello())));
    }

    private static List<Body> repeatableBodies() {
        return List.of(
                Body.of(hello()),
                Body.of(HELLO),
                Body.of(BodySentTwiceTest::stream),
                Body.of(BodySentTwiceTest::stream, HELLO.length()),
                Body.writing(out -> out.write(hello())).repeatable(),
                Body.writing(HELLO.length(), out -> out.write(hello())).repeatable());
    }

    private interface CallStyle {
        String send(Httpipe hp, Request request) throws IOException;
    }

    private static Stream<CallStyle> callStyles() {
        return Stream.of(
                (hp, request) -> hp.request(request).text(),
                (hp, request) -> hp.stream(
                        request, response -> new String(response.body().readAllBytes(), StandardCharsets.US_ASCII)),
                (hp, request) -> {
                    try (Exchange exchange = hp.connect(request.endpoint())) {
                        return exchange.request(request).text();
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("callStyles")
    void aOneTimeBodyIsRefusedTheSecondTime(CallStyle style) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(BodySentTwiceTest::echo);
                Httpipe hp = Httpipe.create()) {
            for (Body body : oneTimeBodies()) {
                Request request = Request.post(server.uri("/"))
                        .header("Idempotency-Key", "1")
                        .body(body);
                assertEquals(HELLO, style.send(hp, request));
                int heads = server.heads().size();
                IllegalStateException e = assertThrows(IllegalStateException.class, () -> style.send(hp, request));
                assertTrue(e.getMessage().startsWith("this body can be sent only once, and it has been"), e.toString());
                assertEquals(heads, server.heads().size());
            }
            assertEquals(1, server.connections());
        }
    }

    @ParameterizedTest
    @MethodSource("callStyles")
    void aRepeatableBodyIsSentEachTime(CallStyle style) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(BodySentTwiceTest::echo);
                Httpipe hp = Httpipe.create()) {
            for (Body body : repeatableBodies()) {
                Request request = Request.post(server.uri("/")).body(body);
                assertEquals(HELLO, style.send(hp, request));
                assertEquals(HELLO, style.send(hp, request));
            }
        }
    }

    @Test
    void aRepeatableBodyIsResentOverANewConnection() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            for (Body body : repeatableBodies()) {
                try (ScriptedServer dying = ScriptedServer.of(
                        peer -> {
                            peer.bodyOf(peer.head()).all();
                            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                            peer.head();
                        },
                        BodySentTwiceTest::echo)) {
                    Request request = Request.put(dying.uri("/")).body(body);
                    assertEquals("", hp.request(request).text());
                    assertEquals(HELLO, hp.request(request).text());
                    assertEquals(2, dying.connections());
                }
            }
        }
    }

    @Test
    void eachSuppliedStreamIsClosed() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        Body body = Body.of(() -> {
            opened.incrementAndGet();
            return new ByteArrayInputStream(hello()) {
                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        });
        try (ScriptedServer server = ScriptedServer.of(BodySentTwiceTest::echo);
                Httpipe hp = Httpipe.create()) {
            for (int i = 1; i < 4; i++) {
                assertEquals(
                        HELLO,
                        hp.request(Request.post(server.uri("/")).body(body)).text());
                assertEquals(i, opened.get());
                assertEquals(i, closed.get());
            }
        }
    }

    @Test
    void aSupplierFailureIsTheCause() throws Exception {
        IOException gone = new IOException("the blob is gone");
        try (ScriptedServer server = ScriptedServer.of(peer -> peer.awaitClose());
                Httpipe hp = Httpipe.create()) {
            Body body = Body.of(() -> {
                throw new UncheckedIOException(gone);
            });
            Request request = Request.post(server.uri("/")).body(body);
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            assertSame(gone, e.getCause());
        }
    }

    @Test
    void aOneTimeSourceCannotBeDeclaredRepeatable(@TempDir Path folder) throws Exception {
        for (Body body : oneTimeBodies().subList(0, 4)) {
            IllegalStateException e = assertThrows(IllegalStateException.class, body::repeatable);
            assertTrue(e.getMessage().contains("Body.of(Supplier)"), e.getMessage());
        }
        Body file = Body.of(Files.writeString(folder.resolve("f"), HELLO));
        assertSame(file, file.repeatable());
    }

    private static Stream<UnaryOperator<Body>> wrappers() {
        return Stream.of(
                body -> body.progress(p -> {}),
                body -> body.tee(OutputStream::nullOutputStream),
                Body::gzip,
                body -> Body.multipart().part("a", body));
    }

    @ParameterizedTest
    @MethodSource("wrappers")
    void aWriterIsDeclaredRepeatableBeforeItIsWrapped(UnaryOperator<Body> wrapper) throws Exception {
        Body writer = Body.writing(out -> out.write(hello()));
        Body once = wrapper.apply(writer);
        IllegalStateException e = assertThrows(IllegalStateException.class, once::repeatable);
        assertTrue(e.getMessage().contains("call repeatable() before"), e.getMessage());
        Body again = wrapper.apply(writer.repeatable());
        assertSame(again, again.repeatable());
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        again.writeTo(first);
        ByteArrayOutputStream second = new ByteArrayOutputStream();
        again.writeTo(second);
        assertArrayEquals(first.toByteArray(), second.toByteArray());
    }
}

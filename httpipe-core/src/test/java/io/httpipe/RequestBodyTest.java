package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Request bodies of each kind, as the bytes that reach the server. */
@Timeout(60)
class RequestBodyTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path directory;

    /** Returns the bytes of one request as the server receives them. */
    private static String wire(Body body) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                Request request = Request.post(server.uri("/")).header("Host", "h");
                assertEquals(200, hp.request(request.body(body)).status());
            }
            return recorder.received();
        }
    }

    private static String counted(String body) {
        return head("Content-Length: " + body.length()) + body;
    }

    private static String chunked(String body) {
        return head("Transfer-Encoding: chunked") + body;
    }

    private static String head(String framing) {
        return "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: httpipe/0.1\r\nAccept: */*\r\n" + framing + "\r\n\r\n";
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void textIsSentInUtf8WithItsLengthInBytes() throws Exception {
        assertEquals(counted("h\u00c3\u00a9llo"), wire(Body.of("héllo")));
        assertEquals(counted(""), wire(Body.of("")));
    }

    @Test
    void bytesAreSentUnchanged() throws Exception {
        assertEquals(counted("\u0000\u0080\u00ff\r\n"), wire(Body.of(new byte[] {0, (byte) 0x80, -1, '\r', '\n'})));
    }

    @Test
    void aFileIsSentWithItsLength() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "contents");
        assertEquals(counted("contents"), wire(Body.of(file)));
        assertEquals(counted(""), wire(Body.of(Files.writeString(directory.resolve("empty"), ""))));
    }

    @Test
    void aMissingFileFailsBeforeAnythingIsSent() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                Body body = Body.of(directory.resolve("missing"));
                RequestBodyException e = assertThrows(
                        RequestBodyException.class,
                        () -> hp.request(Request.post(server.uri("/")).body(body)));
                assertEquals(Phase.SEND, e.phase());
                assertEquals(0, e.bytesSent());
            }
            assertEquals("", recorder.received());
        }
    }

    @Test
    void aStreamIsSentInChunksOrWithTheGivenLength() throws Exception {
        assertEquals(chunked("5\r\nhello\r\n0\r\n\r\n"), wire(Body.of(stream("hello"))));
        assertEquals(counted("hello"), wire(Body.of(stream("hello"), 5)));
        assertEquals(chunked("0\r\n\r\n"), wire(Body.of(stream(""))));
        assertEquals(counted(""), wire(Body.of(stream(""), 0)));
    }

    @Test
    void anUnknownStreamClassIsSentTheSameWay() throws Exception {
        assertEquals(counted("ab"), wire(Body.of(new SequenceInputStream(stream("a"), stream("b")), 2)));
        assertEquals(
                chunked("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"),
                wire(Body.of(new SequenceInputStream(stream("a"), stream("b")))));
    }

    @Test
    void theClientDoesNotCloseTheStream() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream in = new ByteArrayInputStream(bytes("x")) {
            @Override
            public void close() {
                closed.set(true);
            }
        };
        wire(Body.of(in));
        assertEquals(false, closed.get());
    }

    @Test
    void eachPieceOfAnIteratorIsAChunkAndEmptyPiecesAreSkipped() throws Exception {
        Iterator<byte[]> pieces = List.of(bytes("a"), bytes(""), bytes("0123456789abcdefghijklmnop"), bytes("z"))
                .iterator();
        assertEquals(
                chunked("1\r\na\r\n1A\r\n0123456789abcdefghijklmnop\r\n1\r\nz\r\n0\r\n\r\n"), wire(Body.of(pieces)));
    }

    @Test
    void chunkSizesAreUpperCaseHexWithoutLeadingZeros() throws Exception {
        for (int size : new int[] {1, 0xF, 0x10, 0xAB, 0xFFF, 0x1000, 0x3FFF, 0x4000}) {
            String piece = "x".repeat(size);
            String hex = "%X".formatted(size);
            assertEquals(
                    chunked(hex + "\r\n" + piece + "\r\n0\r\n\r\n"),
                    wire(Body.of(List.of(bytes(piece)).iterator())));
        }
    }

    @Test
    void aPieceAbove32KibIsSentAsSeveralChunks() throws Exception {
        String piece = "x".repeat(0x8001);
        assertEquals(
                chunked("8000\r\n" + "x".repeat(0x8000) + "\r\n1\r\nx\r\n0\r\n\r\n"),
                wire(Body.of(List.of(bytes(piece)).iterator())));
    }

    @Test
    void smallWritesAreCollectedUntilAFlush() throws Exception {
        assertEquals(chunked("3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"), wire(Body.writing(out -> {
            out.write('a');
            out.write(bytes("xbcx"), 1, 2);
            out.flush();
            out.flush();
            out.write(bytes("d"));
            out.close();
        })));
        assertEquals(counted("abc"), wire(Body.writing(3, out -> out.write(bytes("abc")))));
        assertEquals(chunked("0\r\n\r\n"), wire(Body.writing(out -> {})));
        assertEquals(counted(""), wire(Body.writing(0, out -> out.flush())));
    }

    @Test
    void theBodyOfAResponseIsSentWithItsLengthOrInChunks() throws Exception {
        String withLength = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        try (ScriptedServer source = ScriptedServer.answering(withLength, chunked, withLength);
                Httpipe hp = Httpipe.create()) {
            try (StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
                assertEquals(counted("hello"), wire(Body.of(response.body())));
            }
            try (StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
                assertEquals(chunked("5\r\nhello\r\n0\r\n\r\n"), wire(Body.of((InputStream) response.body())));
            }
            try (StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
                assertArrayEquals(bytes("he"), response.body().readChunk(2));
                assertEquals(counted("llo"), wire(Body.of(response.body())));
            }
            assertEquals(1, source.connections());
        }
    }

    @Test
    void trailersFollowTheLastChunkInOrder() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        AtomicBoolean sent = new AtomicBoolean();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                Request request = Request.post(server.uri("/"))
                        .header("Host", "h")
                        .body(Body.writing(3, out -> {
                            out.write(bytes("abc"));
                            sent.set(true);
                        }))
                        .trailers(() -> {
                            assertTrue(sent.get(), "trailers are asked for when the body has been written");
                            return Headers.of("x-sum", "1", "X-Other", "b", "X-Sum", "2");
                        });
                hp.request(request);
            }
            assertEquals(chunked("3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Other: b\r\nX-Sum: 2\r\n\r\n"), recorder.received());
        }
    }

    @Test
    void theHeadAndAShortBodyAreOneWrite() throws Exception {
        AtomicReference<String> first = new AtomicReference<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    byte[] buffer = new byte[65536];
                    int read = peer.socket().getInputStream().read(buffer);
                    first.set(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            hp.request(Request.post(server.uri("/")).header("Host", "h").body("x".repeat(8000)));
            assertEquals(counted("x".repeat(8000)), first.get());
        }
    }

    @Test
    void theHeadAndTheFirstPieceAreOneWrite() throws Exception {
        AtomicReference<String> first = new AtomicReference<>();
        Signal received = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    byte[] buffer = new byte[65536];
                    int read = peer.socket().getInputStream().read(buffer);
                    first.set(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
                    received.set();
                    assertEquals("6\r\nsecond\r\n0\r\n\r\n", peer.body(16));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            hp.request(Request.post(server.uri("/")).header("Host", "h").body(Body.writing(out -> {
                out.write(bytes("first"));
                out.flush();
                received.await();
                out.write(bytes("second"));
            })));
            assertEquals(chunked("5\r\nfirst\r\n"), first.get());
        }
    }

    @Test
    void eachPieceOfAnIteratorIsSentBeforeTheNextIsRequested() throws Exception {
        Signal[] received = {new Signal(), new Signal(), new Signal()};
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    for (Signal signal : received) {
                        assertEquals("3\r\nabc\r\n", peer.body(8));
                        signal.set();
                    }
                    assertEquals("0\r\n\r\n", peer.body(5));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            Iterator<byte[]> pieces = new Iterator<>() {
                private int given;

                @Override
                public boolean hasNext() {
                    if (given > 0) {
                        received[given - 1].await();
                    }
                    return given < received.length;
                }

                @Override
                public byte[] next() {
                    given++;
                    return bytes("abc");
                }
            };
            assertEquals(
                    200,
                    hp.request(Request.post(server.uri("/")).body(Body.of(pieces)))
                            .status());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aLargeFileArrivesWholeAndTheConnectionIsReused(Transports transport) throws Exception {
        byte[] content = new byte[6_000_011];
        new Random(7).nextBytes(content);
        Path file = Files.write(directory.resolve("big"), content);
        String expected = new String(content, StandardCharsets.ISO_8859_1);
        try (ScriptedServer server = transport.server(peer -> {
                    while (peer.nextHead() != null) {
                        assertTrue(expected.equals(peer.body(content.length)), "the file has changed on its way");
                        peer.send(OK);
                    }
                });
                Httpipe hp = transport.client().build()) {
            Request post = Transports.request("POST", server);
            for (Threads threads : Threads.values()) {
                assertEquals(
                        200,
                        threads.call(() -> hp.request(post.body(Body.of(file)))).status());
            }
            assertEquals(2, hp.request(post.body(Body.of(content))).reusedTimes());
            assertTrue(server.heads().getFirst().contains("\r\nContent-Length: 6000011\r\n"));
        }
    }
}

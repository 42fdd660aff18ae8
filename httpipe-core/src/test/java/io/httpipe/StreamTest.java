package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed responses. */
@Timeout(60)
class StreamTest {
    private static final String COUNTED = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n";
    private static final String UNTIL_CLOSE = "HTTP/1.1 200 OK\r\n\r\nhello";

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Sends this response to one request and closes. */
    private static Script answeringOnce(String answer) {
        return peer -> {
            peer.head();
            peer.send(answer);
        };
    }

    @Test
    void theBodyIsAnInputStream() throws Exception {
        for (String answer : new String[] {COUNTED, CHUNKED, UNTIL_CLOSE}) {
            try (ScriptedServer server = ScriptedServer.of(answeringOnce(answer));
                    Httpipe hp = Httpipe.create();
                    StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
                assertEquals(200, response.status());
                assertEquals(answer.equals(COUNTED) ? 5 : -1, response.body().length());
                assertEquals('h', response.body().read());
                assertEquals(0, response.body().read(new byte[0]));
                assertEquals("ello", text(response.body().readAllBytes()));
                assertEquals(-1, response.body().read());
                assertNull(response.body().readChunk(1));
            }
        }
    }

    @Test
    void chunksOfChangingSizesMakeUpTheWholeBody() throws Exception {
        byte[] content = new byte[1_000_003];
        new Random(3).nextBytes(content);
        Script sendsContent = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int at = 0, size = 1; at < content.length; at += size, size = size * 3 % 50_021) {
                int end = Math.min(content.length, at + size);
                peer.send(Integer.toHexString(end - at) + "\r\n");
                peer.send(java.util.Arrays.copyOfRange(content, at, end));
                peer.send("\r\n");
            }
            peer.send("0\r\n\r\n");
            // The second request, whose response the client closes unread.
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        };
        try (ScriptedServer server = ScriptedServer.of(sendsContent);
                Httpipe hp = Httpipe.create()) {
            try (StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                int size = 1;
                for (byte[] chunk; (chunk = response.body().readChunk(size)) != null; size = size * 7 % 70_001) {
                    assertTrue(chunk.length > 0 && chunk.length <= size);
                    all.writeBytes(chunk);
                }
                assertArrayEquals(content, all.toByteArray());
            }
            assertThrows(IllegalArgumentException.class, () -> {
                try (StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
                    response.body().readChunk(0);
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aReadReturnsArrivedBytesWithoutWaitingForMore(Transports transport) throws Exception {
        for (String head : new String[] {"Content-Length: 6\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
            Signal read = new Signal();
            boolean chunked = head.startsWith("T");
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\n" + head + "\r\n");
                        peer.send(chunked ? "6\r\nabc" : "abc");
                        read.await();
                        peer.send(chunked ? "def\r\n0\r\n\r\n" : "def");
                    });
                    Httpipe hp = transport.client().build();
                    StreamedResponse response = hp.stream(Transports.request("GET", server))) {
                assertEquals("abc", text(response.body().readNBytes(3)));
                read.set();
                assertEquals("def", text(response.body().readAllBytes()));
            }
        }
    }

    @Test
    void theHeadIsAvailableBeforeTheBody() throws Exception {
        Signal seen = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                    seen.await();
                    peer.send("hello");
                });
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            seen.set();
            assertEquals("hello", text(response.body().readAllBytes()));
        }
    }

    @Test
    void theResponseOfAHandlerIsClosedEvenIfTheHandlerThrows() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(COUNTED);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse[] kept = new StreamedResponse[1];
            Request request = Request.get(server.uri("/"));
            assertEquals(
                    "hello", hp.stream(request, response -> text(response.body().readAllBytes())));

            IOException mine = new IOException("mine");
            assertSame(
                    mine,
                    assertThrows(
                            IOException.class,
                            () -> hp.stream(request, response -> {
                                kept[0] = response;
                                throw mine;
                            })));
            assertThrows(IllegalStateException.class, () -> kept[0].body().read());
            IllegalStateException bug = new IllegalStateException("bug");
            assertSame(
                    bug,
                    assertThrows(
                            IllegalStateException.class,
                            () -> hp.stream(request, response -> {
                                throw bug;
                            })));
            assertEquals(3, hp.request(request).reusedTimes());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void theEndOfTheBodyReturnsTheConnectionBeforeTheClose() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(COUNTED, CHUNKED);
                Httpipe hp = Httpipe.create();
                StreamedResponse first = hp.stream(Request.get(server.uri("/")))) {
            assertEquals("hello", text(first.body().readNBytes(5)));
            try (StreamedResponse second = hp.stream(Request.get(server.uri("/")))) {
                assertEquals(1, second.reusedTimes());
                assertEquals("hello", text(second.body().readAllBytes()));
                assertEquals("1", second.trailers().first("X-Sum"));
                assertEquals("1", second.body().trailers().first("X-Sum"));
                assertEquals(2, hp.get(server.uri("/")).reusedTimes());
            }
        }
    }

    @Test
    void aResponseWithoutABodyReturnsTheConnectionAtOnce() throws Exception {
        List<String> answers = List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n");
        for (String answer : answers) {
            try (ScriptedServer server = ScriptedServer.answering(answer);
                    Httpipe hp = Httpipe.create();
                    StreamedResponse first = hp.stream(Request.get(server.uri("/")));
                    StreamedResponse second = hp.stream(Request.get(server.uri("/")))) {
                assertEquals(1, second.reusedTimes());
                assertEquals(0, first.body().length());
                assertEquals(-1, first.body().read());
                assertEquals(0, first.trailers().size());
            }
        }
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                Httpipe hp = Httpipe.create();
                StreamedResponse first = hp.stream(Request.head(server.uri("/")));
                StreamedResponse second = hp.stream(Request.head(server.uri("/")))) {
            assertEquals(1, second.reusedTimes());
            assertEquals("5", first.headers().first("Content-Length"));
            assertEquals(0, first.body().length());
            assertNull(first.body().readChunk(10));
        }
    }

    @Test
    void readingAfterTheCloseFailsUnlessTheEndHadBeenReached() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(COUNTED);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse drained = hp.stream(Request.get(server.uri("/")));
            drained.close();
            drained.close();
            assertThrows(IllegalStateException.class, () -> drained.body().read());
            StreamedResponse read = hp.stream(Request.get(server.uri("/")));
            read.body().readAllBytes();
            read.body().close();
            assertEquals(-1, read.body().read());
        }
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            StreamedResponse unread = hp.stream(Request.get(server.uri("/")));
            unread.close();
            assertThrows(IllegalStateException.class, () -> unread.body().read());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {COUNTED, CHUNKED, UNTIL_CLOSE})
    void b20_maxSizeAppliesToEveryFraming(String answer) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(answeringOnce(answer));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            assertEquals("hello", hp.request(request.maxBodySize(5)).text());
            assertThrows(BodyTooLargeException.class, () -> hp.request(request.maxBodySize(4)));
            assertThrows(BodyTooLargeException.class, () -> hp.request(request.maxBodySize(0)));
            try (StreamedResponse response = hp.stream(request.maxBodySize(5))) {
                assertEquals("hello", text(response.body().readAllBytes()));
            }
            assertThrows(
                    BodyTooLargeException.class,
                    () -> hp.stream(request.maxBodySize(4), response -> {
                        for (int i = 0; i < 4; i++) {
                            assertEquals("hello".charAt(i), response.body().read());
                        }
                        return response.body().read();
                    }));
            try (StreamedResponse response =
                    hp.stream(Request.head(server.uri("/")).maxBodySize(0))) {
                assertEquals(-1, response.body().read());
            }
        }
    }

    @Test
    void b20_anAnnouncedLengthThatIsTooLargeFailsBeforeTheBody() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).maxBodySize(1_000);
            assertThrows(BodyTooLargeException.class, () -> hp.stream(request));
            assertThrows(BodyTooLargeException.class, () -> hp.get(server.uri("/")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n"
            })
    void b25_aTruncatedBodyIsAnErrorAfterTheBytesThatArrived(String answer) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(answeringOnce(answer));
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            assertEquals("hello", text(response.body().readNBytes(5)));
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class, () -> response.body().read());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/")));
        }
    }

    @Test
    void b25_aTlsCloseWithoutCloseNotifyTruncatesEvenABodyUntilClose() throws Exception {
        try (ScriptedServer server = Transports.TLS.server(peer -> {
                    peer.head();
                    peer.send(UNTIL_CLOSE);
                    peer.cut();
                });
                Httpipe hp = Transports.TLS.client().build();
                StreamedResponse response = hp.stream(Transports.request("GET", server))) {
            assertEquals("hello", text(response.body().readNBytes(5)));
            assertThrows(ConnectionLostException.class, () -> response.body().read());
        }
    }

    @Test
    void b31_theDeadlineCoversReadingTheBody() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                    peer.drip(new byte[100_000], 5);
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).timeout(Duration.ofSeconds(1));
            try (StreamedResponse response = hp.stream(request)) {
                TimedOutException e = assertThrows(
                        TimedOutException.class, () -> response.body().readAllBytes());
                assertEquals(Phase.RESPONSE_BODY, e.phase());
                assertTrue(e.bytesReceived() > 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theDeadlineEndsABodyThatNeverStopsArriving(Transports transport) throws Exception {
        byte[] endless = new byte[1 << 16];
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\n\r\n");
                    try {
                        while (true) {
                            peer.send(endless);
                        }
                    } catch (IOException e) {
                        // The client has closed.
                    }
                });
                Httpipe hp = transport.client().build()) {
            try (StreamedResponse response = hp.stream(Transports.request("GET", server))) {
                long deadline = NanoClock.after(100_000_000);
                response.body().source().readBy(deadline);
                byte[] piece = new byte[4096];
                TimedOutException e = assertThrows(TimedOutException.class, () -> {
                    // Bytes already taken from the socket may still be read, but no others.
                    for (int late = 0; late < 1 << 17; ) {
                        boolean over = NanoClock.now() >= deadline;
                        int read = response.body().read(piece);
                        if (over) {
                            late += read;
                            LockSupport.parkNanos(200_000);
                        }
                    }
                });
                assertEquals(Phase.RESPONSE_BODY, e.phase());
                assertTrue(e.getMessage().contains("exceeded the deadline"), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {COUNTED, CHUNKED})
    void bytesThatArrivedBeforeTheDeadlineMayBeReadAfterIt(String answer) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            response.body().source().readBy(NanoClock.now());
            assertEquals("hello", text(response.body().readAllBytes()));
            assertEquals(0, hp.stats().getFirst().leased());
        }
    }

    @Test
    void b31_theReadTimeoutAppliesToEachRead() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
                    peer.drip(new byte[60], 20);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).timeouts(Timeouts.DEFAULT.read(Duration.ofSeconds(1)));
            try (StreamedResponse response = hp.stream(request)) {
                assertEquals(60, response.body().readNBytes(60).length);
                assertThrows(TimedOutException.class, () -> response.body().read());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anInterruptEndsARead(Transports transport) throws Exception {
        for (Threads threads : Threads.values()) {
            Signal reading = new Signal();
            Signal closed = new Signal();
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
                        peer.awaitClose();
                        closed.set();
                    });
                    Httpipe hp = transport.client().build()) {
                Throwable[] failure = new Throwable[1];
                boolean[] flag = new boolean[1];
                Thread reader = threads.start(() -> {
                    try (StreamedResponse response = hp.stream(Transports.request("GET", server))) {
                        response.body().readNBytes(4);
                        reading.set();
                        response.body().read();
                    } catch (IOException e) {
                        failure[0] = e;
                        flag[0] = Thread.currentThread().isInterrupted();
                    }
                });
                reading.await();
                reader.interrupt();
                reader.join();
                assertEquals(CancelledException.class, failure[0].getClass());
                assertTrue(flag[0]);
                closed.await();
            }
        }
    }
}

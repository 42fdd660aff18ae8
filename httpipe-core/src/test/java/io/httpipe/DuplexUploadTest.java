package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.RequestBodyReader;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A 2xx that begins while the request is still being sent: the body goes on to its end, whatever the client calls. */
@Timeout(120)
class DuplexUploadTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** When a server begins its response, which always ends with what it got of the body. */
    private enum Server {
        BEGINS_BEFORE_IT_READS {
            @Override
            void serve(ScriptedServer.Peer peer, RequestBodyReader body, long size) throws IOException {
                peer.send(CHUNKED + "3\r\nOK \r\n");
                finish(peer, body.all().facts());
            }
        },
        BEGINS_MIDWAY {
            @Override
            void serve(ScriptedServer.Peer peer, RequestBodyReader body, long size) throws IOException {
                body.upTo(size / 2);
                peer.send(CHUNKED + "3\r\nOK \r\n");
                finish(peer, body.all().facts());
            }
        },
        ACCEPTS_FIRST {
            @Override
            void serve(ScriptedServer.Peer peer, RequestBodyReader body, long size) throws IOException {
                peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nOK ");
                body.all();
            }
        };

        abstract void serve(ScriptedServer.Peer peer, RequestBodyReader body, long size) throws IOException;

        private static void finish(ScriptedServer.Peer peer, String facts) throws IOException {
            peer.send(Integer.toHexString(facts.length()) + "\r\n" + facts + "\r\n0\r\n\r\n");
        }
    }

    /** How a client sends a request and gets what is in the response. */
    private enum Way {
        REQUEST {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                Response response = hp.request(request);
                assertTrue(response.requestSentWhole());
                return response.text();
            }
        },
        STREAM {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                try (StreamedResponse response = hp.stream(request)) {
                    String text = new String(response.body().readAllBytes(), StandardCharsets.US_ASCII);
                    assertTrue(response.requestSentWhole());
                    return text;
                }
            }
        },
        HANDLER {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                return hp.stream(
                        request, response -> new String(response.body().readAllBytes(), StandardCharsets.US_ASCII));
            }
        },
        EXCHANGE {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                ConnectOptions plain = ConnectOptions.DEFAULT;
                ConnectOptions options = request.outgoing().secure() ? plain.tls(Exchanges.TRUSTING) : plain;
                try (Exchange exchange = hp.connect(request.endpoint(), options)) {
                    Response response = exchange.request(request);
                    assertTrue(response.requestSentWhole());
                    return response.text();
                }
            }
        },
        FAN_OUT {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                return FanOut.over(hp).all(List.of(request)).getFirst().text();
            }
        };

        abstract String send(Httpipe hp, Request request) throws IOException;
    }

    private static Stream<Arguments> eachServerAndWay() {
        return Arrays.stream(Server.values())
                .flatMap(server -> Arrays.stream(Way.values()).map(way -> Arguments.of(server, way)));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(15).nextBytes(bytes);
        return bytes;
    }

    /** Bodies of these bytes of every kind: with a length and without one, at hand and from a source that may wait. */
    private static List<Body> bodies(byte[] bytes) {
        int half = bytes.length / 2;
        return List.of(
                Body.of(bytes),
                Body.of(new InTwoPieces(bytes)),
                Body.of(new InTwoPieces(bytes), bytes.length),
                Body.of(() -> new ByteArrayInputStream(bytes), bytes.length),
                Body.of(List.of(Arrays.copyOf(bytes, half), Arrays.copyOfRange(bytes, half, bytes.length))
                        .iterator()),
                Body.writing(bytes.length, out -> {
                    out.write(bytes, 0, half);
                    out.flush();
                    out.write(bytes, half, bytes.length - half);
                }));
    }

    /** A stream that gives its bytes in two pieces, and says between them that nothing is there. */
    private static final class InTwoPieces extends InputStream {
        private final Iterator<byte[]> pieces;
        private ByteArrayInputStream piece = new ByteArrayInputStream(new byte[0]);

        InTwoPieces(byte[] bytes) {
            int half = bytes.length / 2;
            pieces = List.of(Arrays.copyOf(bytes, half), Arrays.copyOfRange(bytes, half, bytes.length))
                    .iterator();
        }

        @Override
        public int read() {
            throw new AssertionError("nobody reads single bytes");
        }

        @Override
        public int read(byte[] into, int offset, int count) {
            if (piece.available() == 0 && pieces.hasNext()) {
                piece = new ByteArrayInputStream(pieces.next());
            }
            return piece.read(into, offset, count);
        }

        @Override
        public int available() {
            return piece.available();
        }
    }

    private static ScriptedServer.Script serving(Server kind, int size, BlockingQueue<String> received) {
        return peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                RequestBodyReader body = peer.bodyOf(head);
                kind.serve(peer, body, size);
                received.add(body.facts());
            }
        };
    }

    private static void assertArrives(Server kind, Way way, Transports below, int size) throws Exception {
        byte[] bytes = random(size);
        String facts = RequestBodyReader.facts(bytes);
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        List<Body> bodies = bodies(bytes);
        try (ScriptedServer server = below.server(serving(kind, size, received));
                Httpipe hp = below.client().build()) {
            for (Body body : bodies) {
                for (Threads threads : size == 10 ? Threads.values() : new Threads[] {Threads.VIRTUAL}) {
                    Body sent = threads == Threads.VIRTUAL ? body : Body.of(bytes);
                    Request request = Transports.request("POST", server).body(sent);
                    String text = threads.call(() -> way.send(hp, request));
                    assertEquals(kind == Server.ACCEPTS_FIRST ? "OK " : "OK " + facts, text);
                }
            }
            assertReceived(bodies.size() * (size == 10 ? 2 : 1), facts, received);
            // The connection was fit for use after every call.
            assertEquals(1, server.connections());
        }
    }

    /** That the server got this many bodies, all of them with these facts. */
    private static void assertReceived(int count, String facts, BlockingQueue<String> received) throws Exception {
        for (int i = 0; i < count; i++) {
            assertEquals(facts, received.poll(20, TimeUnit.SECONDS));
        }
        assertTrue(received.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("eachServerAndWay")
    void tenBytesInTwoPiecesArriveWhole(Server kind, Way way) throws Exception {
        for (Transports below : Transports.values()) {
            assertArrives(kind, way, below, 10);
        }
    }

    @ParameterizedTest
    @MethodSource("eachServerAndWay")
    void aKibibyteArrivesWhole(Server kind, Way way) throws Exception {
        for (Transports below : Transports.values()) {
            assertArrives(kind, way, below, 1 << 10);
        }
    }

    @ParameterizedTest
    @MethodSource("eachServerAndWay")
    void aMebibyteArrivesWhole(Server kind, Way way) throws Exception {
        for (Transports below : Transports.values()) {
            assertArrives(kind, way, below, 1 << 20);
        }
    }

    @ParameterizedTest
    @MethodSource("eachServerAndWay")
    void sixteenMebibytesArriveWhole(Server kind, Way way) throws Exception {
        assertArrives(kind, way, Transports.TCP, 16 << 20);
    }

    private static void echo(ScriptedServer.Peer peer) throws IOException {
        for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
            RequestBodyReader body = peer.bodyOf(head);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + Integer.parseInt(head.split(" ")[1].substring(1))
                    + "\r\n\r\n");
            while (body.next(peer.out())) {
                continue;
            }
        }
    }

    /** More than the sockets of both sides hold: a client that does not read while it sends waits for ever. */
    @ParameterizedTest
    @EnumSource(Transports.class)
    void anEchoComesBackWhole(Transports below) throws Exception {
        byte[] bytes = random(8 << 20);
        try (ScriptedServer server = below.server(DuplexUploadTest::echo);
                Httpipe hp = below.client().build()) {
            for (Body body : bodies(bytes)) {
                Request request = Request.post(server.uri("/" + bytes.length))
                        .at(server.endpoint())
                        .body(body);
                assertArrayEquals(
                        bytes, Threads.VIRTUAL.call(() -> hp.request(request)).body());
            }
            for (Body body : bodies(bytes)) {
                Request request = Request.post(server.uri("/" + bytes.length))
                        .at(server.endpoint())
                        .body(body);
                assertArrayEquals(
                        bytes,
                        Threads.VIRTUAL.call(() ->
                                hp.stream(request, response -> response.body().readAllBytes())));
            }
            assertEquals(1, server.connections());
        }
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void aPipeAndAChainOfPipesArriveWhole(Server kind) throws Exception {
        int size = 1 << 20;
        byte[] bytes = random(size);
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        ScriptedServer.Script source = peer -> {
            while (peer.nextHead() != null) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                peer.send(bytes);
            }
        };
        try (ScriptedServer from = ScriptedServer.of(source);
                ScriptedServer through = ScriptedServer.of(DuplexUploadTest::echo);
                ScriptedServer to = ScriptedServer.of(serving(kind, size, received));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(from.uri("/"));
            Request middle = Request.post(through.uri("/" + size));
            Request put = Request.put(to.uri("/"));
            Response piped = hp.stream(get).pipe().request(put);
            assertTrue(piped.requestSentWhole());
            try (StreamedResponse stream = hp.stream(get).pipe().stream(put)) {
                stream.body().readAllBytes();
                assertTrue(stream.requestSentWhole());
            }
            String handled = hp.stream(get).pipe().stream(
                    put, response -> new String(response.body().readAllBytes(), StandardCharsets.US_ASCII));
            Response chained = hp.stream(get).pipe().stream(middle).pipe().request(put);
            assertTrue(chained.requestSentWhole());

            String facts = RequestBodyReader.facts(bytes);
            String expected = kind == Server.ACCEPTS_FIRST ? "OK " : "OK " + facts;
            assertReceived(4, facts, received);
            assertEquals(List.of(expected, expected, expected), List.of(piped.text(), handled, chained.text()));
            // Every source was given back.
            assertTrue(
                    hp.stats().stream().allMatch(route -> route.leased() == 0),
                    () -> hp.stats().toString());
            assertEquals(1, from.connections());
            assertEquals(1, to.connections());
        }
    }

    @Test
    void aStreamIsGivenAtOnceAndItsUploadGoesOn() throws Exception {
        Signal headSeen = new Signal();
        CompletableFuture<String> facts = new CompletableFuture<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "5\r\nfirst\r\n");
                    facts.complete(peer.bodyOf(head).all().facts());
                    peer.send("4\r\nlast\r\n0\r\n\r\n");
                });
                Httpipe hp = Httpipe.create()) {
            Body body = Body.writing(out -> {
                out.write('a');
                out.flush();
                headSeen.await();
                out.write('b');
            });
            try (StreamedResponse response =
                    hp.stream(Request.post(server.uri("/")).body(body))) {
                assertEquals("first", new String(response.body().readNBytes(5), StandardCharsets.US_ASCII));
                assertFalse(response.requestSentWhole());
                headSeen.set();
                assertEquals("last", new String(response.body().readAllBytes(), StandardCharsets.US_ASCII));
                assertTrue(response.requestSentWhole());
            }
            assertEquals(RequestBodyReader.facts(new byte[] {'a', 'b'}), facts.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void closingAStreamFinishesItsUpload() throws Exception {
        byte[] bytes = random(4 << 20);
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        String facts = RequestBodyReader.facts(bytes);
        for (Server kind : Server.values()) {
            try (ScriptedServer server = ScriptedServer.of(serving(kind, bytes.length, received));
                    Httpipe hp = Httpipe.create()) {
                for (Body body : bodies(bytes)) {
                    StreamedResponse response =
                            hp.stream(Request.post(server.uri("/")).body(body));
                    response.close();
                    assertTrue(response.requestSentWhole());
                }
                assertReceived(6, facts, received);
                assertEquals(1, server.connections());
            }
        }
    }

    @Test
    void abortingAStreamEndsItsUploadAtOnce() throws Exception {
        CompletableFuture<Throwable> writerEnded = new CompletableFuture<>();
        Signal over = new Signal();
        Signal flushed = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    over.await();
                });
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.post(server.uri("/")).body(Body.writing(out -> {
                out.write('a');
                out.flush();
                flushed.set();
                try {
                    new Semaphore(0).acquire();
                } catch (InterruptedException e) {
                    writerEnded.complete(e);
                }
            })));
            // The head of the response can be here before the flush has returned, which would fail then.
            flushed.await();
            response.abort();
            assertInstanceOf(InterruptedException.class, writerEnded.get(20, TimeUnit.SECONDS));
            assertFalse(response.requestSentWhole());
            assertEquals(List.of(), hp.stats());
            over.set();
        }
    }

    @Test
    void abortingAStreamEndsItsUploadWhereverItsWriterIs() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 200; i++) {
                CompletableFuture<Throwable> writerEnded = new CompletableFuture<>();
                StreamedResponse response =
                        hp.stream(Request.post(server.uri("/")).body(Body.writing(out -> {
                            try {
                                out.write('a');
                                out.flush();
                                new Semaphore(0).acquire();
                            } catch (IOException | InterruptedException e) {
                                writerEnded.complete(e);
                            }
                        })));
                response.abort();
                assertNotNull(writerEnded.get(20, TimeUnit.SECONDS));
                assertFalse(response.requestSentWhole());
            }
        }
    }

    @Test
    void aHandlerThatFailsEndsItsUploadAtOnce() throws Exception {
        CompletableFuture<Throwable> writerEnded = new CompletableFuture<>();
        IOException unexpected = new IOException("not what the handler wants");
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.writing(out -> {
                try {
                    while (true) {
                        out.write('a');
                        out.flush();
                    }
                } catch (IOException e) {
                    writerEnded.complete(e);
                    throw e;
                }
            }));
            IOException e = assertThrows(
                    IOException.class,
                    () -> hp.stream(request, response -> {
                        throw unexpected;
                    }));
            assertEquals(unexpected, e);
            assertInstanceOf(IOException.class, writerEnded.get(20, TimeUnit.SECONDS));
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void aFailureOfTheSourceReachesTheReaderWithItsCause() throws Exception {
        IOException broken = new IOException("the disk is gone");
        Signal headSeen = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create();
                StreamedResponse response =
                        hp.stream(Request.post(server.uri("/")).body(Body.writing(out -> {
                            out.write('a');
                            out.flush();
                            headSeen.await();
                            throw broken;
                        })))) {
            assertEquals('a', response.body().read());
            headSeen.set();
            RequestBodyException e = assertThrows(
                    RequestBodyException.class, () -> response.body().read());
            assertEquals(broken, e.getCause());
            assertFalse(response.requestSentWhole());
        }
    }

    /** The server says yes, takes a part, and goes. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void aYesIsNotGivenForAPartOfTheBody(Way way) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
                    peer.bodyOf(head).upTo(100_000);
                    peer.reset();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(new byte[32 << 20]);
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class, () -> Threads.VIRTUAL.call(() -> way.send(hp, request)));
            assertFalse(e.safeToRetry());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aCompleteYesThatClosesEndsTheSending(Transports below) throws Exception {
        Signal done = new Signal();
        for (Way way : new Way[] {Way.REQUEST, Way.STREAM}) {
            try (SilentStream silent = new SilentStream(100_000);
                    ScriptedServer server = below.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes");
                        done.await();
                    });
                    Httpipe hp = below.client().build()) {
                for (Body body : List.of(Body.of(new byte[32 << 20]), Body.of(silent))) {
                    Request request = Transports.request("POST", server).body(body);
                    long start = System.nanoTime();
                    if (way == Way.REQUEST) {
                        Response response = Threads.VIRTUAL.call(() -> hp.request(request));
                        assertEquals("yes", response.text());
                        assertFalse(response.requestSentWhole());
                    } else {
                        StreamedResponse response = Threads.VIRTUAL.call(() -> hp.stream(request));
                        assertEquals(3, response.body().readAllBytes().length);
                        assertFalse(response.requestSentWhole());
                        response.close();
                    }
                    assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(2));
                }
                assertEquals(List.of(), hp.stats());
            }
        }
        done.set();
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anExchangeHolds64KibOfAnEarlyResponseAndNoMore(Transports below) throws Exception {
        for (int size : new int[] {1 << 16, LargeBody.SIZE}) {
            Signal over = new Signal();
            try (ScriptedServer server = below.server(peer -> {
                        String head = peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                        try {
                            peer.send(new byte[size]);
                            if (size == 1 << 16) {
                                peer.bodyOf(head).all();
                            } // Else the request cannot have been sent before too much has come.
                        } catch (IOException e) {
                            // The client has refused it.
                        }
                        over.await();
                    });
                    Httpipe hp = below.client().build();
                    Exchange exchange = Exchanges.connect(below, hp, server)) {
                Request request = Request.post("/").body(new byte[16 << 20]);
                if (size == 1 << 16) {
                    exchange.sendRequest(request);
                    assertEquals(size, exchange.readResponse().body().length);
                } else {
                    BodyTooLargeException e =
                            assertThrows(BodyTooLargeException.class, () -> exchange.sendRequest(request));
                    assertEquals(1 << 16, e.maxBodySize());
                    assertTrue(e.getMessage().contains("Httpipe.stream"), e.getMessage());
                }
                over.set();
            }
        }
    }

    /** What the server says later is not waited for: an exchange has sent its request when it has been sent. */
    @ParameterizedTest
    @EnumSource(
            value = Transports.class,
            names = {"TCP", "TLS"})
    void anExchangeDoesNotWaitForTheRestOfAnEarlyResponse(Transports below) throws Exception {
        Signal sent = new Signal();
        try (ScriptedServer server = below.server(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.bodyOf(head).all();
                    sent.await();
                    peer.send("1\r\nb\r\n0\r\n\r\n");
                });
                Httpipe hp = below.client().build();
                Exchange exchange = Exchanges.connect(below, hp, server)) {
            exchange.sendRequest(Request.post("/").body(new byte[16 << 20]));
            sent.set();
            assertEquals("ab", exchange.readResponse().text());
        }
    }

    @Test
    void theJdkServerThatAnswersBeforeItReadsGetsTheWholeBody() throws Exception {
        byte[] bytes = random(4 << 20);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (exchange) {
                exchange.getRequestBody().transferTo(exchange.getResponseBody());
            }
        });
        server.start();
        try (Httpipe hp = Httpipe.create()) {
            String uri = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
            for (Body body : bodies(bytes)) {
                assertArrayEquals(
                        bytes, hp.request(Request.post(uri).body(body)).body());
            }
            try (StreamedResponse source = hp.stream(Request.post(uri).body(bytes))) {
                assertArrayEquals(
                        bytes, source.pipe().request(Request.post(uri)).body());
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    void theReadTimeoutCountsFromTheEndOfTheUpload() throws Exception {
        Signal over = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.bodyOf(head).all();
                    over.await();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/"))
                    .timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(200)))
                    .body(new byte[16 << 20]);
            TimedOutException whole = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertTrue(whole.getMessage().contains("read timeout of 200 ms"), whole.getMessage());
            assertEquals(Phase.RESPONSE_BODY, whole.phase());
            try (StreamedResponse response = hp.stream(request)) {
                TimedOutException streamed = assertThrows(
                        TimedOutException.class, () -> response.body().readAllBytes());
                assertTrue(streamed.getMessage().contains("read timeout of 200 ms"), streamed.getMessage());
            }
            over.set();
        }
    }
}

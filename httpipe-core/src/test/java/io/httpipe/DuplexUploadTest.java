package io.httpipe;

import static io.httpipe.DuplexSetup.CHUNKED;
import static io.httpipe.DuplexSetup.assertReceived;
import static io.httpipe.DuplexSetup.bodies;
import static io.httpipe.DuplexSetup.randomBytes;
import static io.httpipe.DuplexSetup.serving;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.httpipe.DuplexSetup.CallStyle;
import io.httpipe.DuplexSetup.ResponseTiming;
import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A 2xx response that begins during an upload does not stop it: the whole body is sent, through every interface. */
@Timeout(120)
class DuplexUploadTest {
    private static void assertArrives(ResponseTiming timing, CallStyle style, Transports transport, int size)
            throws Exception {
        byte[] bytes = randomBytes(size);
        String facts = RequestBodyReader.facts(bytes);
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        List<Body> bodies = bodies(bytes);
        try (ScriptedServer server = transport.server(serving(timing, size, received));
                Httpipe hp = transport.client().build()) {
            for (Body body : bodies) {
                for (Threads threads : size == 10 ? Threads.values() : new Threads[] {Threads.VIRTUAL}) {
                    Body sent = threads == Threads.VIRTUAL ? body : Body.of(bytes);
                    Request request = Transports.request("POST", server).body(sent);
                    String text = threads.call(() -> style.send(hp, request));
                    assertEquals(timing == ResponseTiming.ACCEPTS_FIRST ? "OK " : "OK " + facts, text);
                }
            }
            assertReceived(bodies.size() * (size == 10 ? 2 : 1), facts, received);
            // The connection was reusable after every call.
            assertEquals(1, server.connections());
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTimingAndStyle")
    void tenBytesInTwoPiecesArriveWhole(ResponseTiming timing, CallStyle style) throws Exception {
        for (Transports transport : Transports.values()) {
            assertArrives(timing, style, transport, 10);
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTimingAndStyle")
    void aKibibyteArrivesWhole(ResponseTiming timing, CallStyle style) throws Exception {
        for (Transports transport : Transports.values()) {
            assertArrives(timing, style, transport, 1 << 10);
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTimingAndStyle")
    void aMebibyteArrivesWhole(ResponseTiming timing, CallStyle style) throws Exception {
        for (Transports transport : Transports.values()) {
            assertArrives(timing, style, transport, 1 << 20);
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTimingAndStyle")
    void sixteenMebibytesArriveWhole(ResponseTiming timing, CallStyle style) throws Exception {
        assertArrives(timing, style, Transports.TCP, 16 << 20);
    }

    /** The body exceeds the socket buffers: a client that did not read while sending would block for ever. */
    @ParameterizedTest
    @EnumSource(Transports.class)
    void anEchoComesBackWhole(Transports transport) throws Exception {
        byte[] bytes = randomBytes(8 << 20);
        try (ScriptedServer server = transport.server(DuplexSetup::echo);
                Httpipe hp = transport.client().build()) {
            for (Body body : bodies(bytes)) {
                Request request = Request.post(server.uri("/" + bytes.length))
                        .at(Servers.endpoint(server))
                        .body(body);
                assertArrayEquals(
                        bytes, Threads.VIRTUAL.call(() -> hp.request(request)).body());
            }
            for (Body body : bodies(bytes)) {
                Request request = Request.post(server.uri("/" + bytes.length))
                        .at(Servers.endpoint(server))
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
    @EnumSource(ResponseTiming.class)
    void aPipeAndAChainOfPipesArriveWhole(ResponseTiming timing) throws Exception {
        int size = 1 << 20;
        byte[] bytes = randomBytes(size);
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        Script source = peer -> {
            while (peer.nextHead() != null) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                peer.send(bytes);
            }
        };
        try (ScriptedServer sourceServer = ScriptedServer.of(source);
                ScriptedServer middleServer = ScriptedServer.of(DuplexSetup::echo);
                ScriptedServer destinationServer = ScriptedServer.of(serving(timing, size, received));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(sourceServer.uri("/"));
            Request middle = Request.post(middleServer.uri("/" + size));
            Request put = Request.put(destinationServer.uri("/"));
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
            String expected = timing == ResponseTiming.ACCEPTS_FIRST ? "OK " : "OK " + facts;
            assertReceived(4, facts, received);
            assertEquals(List.of(expected, expected, expected), List.of(piped.text(), handled, chained.text()));
            // Every source connection was returned to the pool.
            assertTrue(
                    hp.stats().stream().allMatch(route -> route.leased() == 0),
                    () -> hp.stats().toString());
            assertEquals(1, sourceServer.connections());
            assertEquals(1, destinationServer.connections());
        }
    }

    @Test
    void aStreamIsReturnedAtOnceAndItsUploadContinues() throws Exception {
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
        byte[] bytes = randomBytes(4 << 20);
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        String facts = RequestBodyReader.facts(bytes);
        for (ResponseTiming timing : ResponseTiming.values()) {
            try (ScriptedServer server = ScriptedServer.of(serving(timing, bytes.length, received));
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
    void aJdkServerThatRespondsBeforeReadingGetsTheWholeBody() throws Exception {
        byte[] bytes = randomBytes(4 << 20);
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
}

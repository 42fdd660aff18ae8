package io.httpipe;

import static io.httpipe.DuplexSetup.CHUNKED;
import static io.httpipe.DuplexSetup.LARGE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Kinds of responses that begin while the request is still being sent. */
@Timeout(120)
class DuplexResponseTest {
    @ParameterizedTest
    @EnumSource(Transports.class)
    void anExchangeReturnsNoEmptyTokenForABodyThatHasOnlyBegun(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED);
                    peer.bodyOf(head).all();
                    peer.send("2\r\nOK\r\n0\r\n\r\n");
                });
                Httpipe hp = transport.client().build();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.sendRequest(Request.post("/").body(LARGE));
            StringBuilder pieces = new StringBuilder();
            for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
                if (token instanceof Token.Body body) {
                    pieces.append('[')
                            .append(new String(body.data(), StandardCharsets.US_ASCII))
                            .append(']');
                }
            }
            assertEquals("[OK]", pieces.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anExchangeReturnsNoBodyTokenForAnEmptyBody(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "0\r\nT: v\r\n\r\n");
                    peer.bodyOf(head).all();
                });
                Httpipe hp = transport.client().build();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.sendRequest(Request.post("/").body(LARGE));
            for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
                assertFalse(token instanceof Token.Body, token::toString);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void anEarlyResponseLargerThanMaxBodySizeEndsTheCall(Transports transport, Threads threads) throws Exception {
        for (String framing : List.of("Content-Length: 1048576\r\n\r\n", "\r\n")) {
            Signal testDone = new Signal();
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\n" + framing);
                        try {
                            peer.send(new byte[1 << 20]);
                        } catch (IOException e) {
                            // The client has closed the connection.
                        }
                        testDone.await();
                    });
                    Httpipe hp = transport.client().build()) {
                Request request =
                        Transports.request("POST", server).maxBodySize(1000).body(LARGE);
                assertThrows(BodyTooLargeException.class, () -> threads.call(() -> hp.request(request)));
                assertThrows(
                        BodyTooLargeException.class,
                        () -> threads.call(() ->
                                hp.stream(request, response -> response.body().readAllBytes())));
                assertEquals(List.of(), hp.stats());
                testDone.set();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void trailersOfAnEarlyResponseArrive(Transports transport, Threads threads) throws Exception {
        try (ScriptedServer server = transport.server(peer -> {
                    for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                        peer.send(CHUNKED + "2\r\nOK\r\n0\r\nT: v\r\n\r\n");
                        peer.bodyOf(head).all();
                    }
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(new byte[4 << 20]);
            assertEquals("v", threads.call(() -> hp.request(request)).trailers().first("T"));
            String streamed = threads.call(() -> hp.stream(request, response -> {
                response.body().readAllBytes();
                return response.trailers().first("T");
            }));
            assertEquals("v", streamed);
            assertEquals(1, server.connections());
        }
    }

    /** If the server responds with 200 instead of 100 Continue, none of the body is sent. */
    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void aStreamWaitsFor100Continue(Transports transport, Threads threads) throws Exception {
        byte[] bytes = new byte[1 << 20];
        BlockingQueue<Long> sizes = new LinkedBlockingQueue<>();
        try (ScriptedServer server = transport.server(
                        peer -> {
                            String head = peer.head();
                            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                            peer.send(CHUNKED.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + "2\r\nOK\r\n");
                            sizes.add(Long.parseLong(
                                    peer.bodyOf(head).all().facts().split(":")[0]));
                            peer.send("0\r\n\r\n");
                            peer.awaitClose();
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
                            sizes.add((long) peer.read());
                        });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server)
                    .expectContinue(Duration.ofSeconds(20))
                    .body(bytes);
            for (boolean wanted : new boolean[] {true, false}) {
                threads.call(() -> {
                    StreamedResponse response = hp.stream(request);
                    assertEquals(2, response.body().readAllBytes().length);
                    response.close();
                    assertEquals(wanted, response.requestSentWhole());
                    return null;
                });
                assertEquals(wanted ? bytes.length : -1, sizes.poll(20, TimeUnit.SECONDS));
                assertEquals(List.of(), hp.stats());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void tooManyInformationalResponsesEndAnUpload(Transports transport, Threads threads) throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    try {
                        for (int i = 0; i < 10_000; i++) {
                            peer.send("HTTP/1.1 102 Processing\r\n\r\n");
                        }
                    } catch (IOException e) {
                        // The client has closed the connection.
                    }
                    testDone.await();
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(LARGE);
            assertThrows(MalformedResponseException.class, () -> threads.call(() -> hp.stream(request)));
            assertThrows(MalformedResponseException.class, () -> threads.call(() -> hp.request(request)));
            assertEquals(List.of(), hp.stats());
            testDone.set();
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void anHttp10ServerGetsTheWholeBodyBeforeItsResponseEnds(Transports transport, Threads threads) throws Exception {
        try (ScriptedServer server = transport.server(peer -> {
                    String head = peer.head();
                    peer.send("HTTP/1.0 200 OK\r\n\r\ngot ");
                    peer.send(peer.bodyOf(head).all().facts().split(":")[0]);
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(new byte[4 << 20]);
            assertEquals("got 4194304", threads.call(() -> hp.request(request)).text());
            assertArrayEquals(
                    "got 4194304".getBytes(StandardCharsets.US_ASCII),
                    threads.call(
                            () -> hp.stream(request, streamed -> streamed.body().readAllBytes())));
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void anEarlyResponseWithoutABodyKeepsTheConnection(Threads threads) throws Exception {
        for (String status : List.of("204 No Content", "200 OK\r\nContent-Length: 0")) {
            try (ScriptedServer server = ScriptedServer.of(peer -> {
                        for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                            peer.send("HTTP/1.1 " + status + "\r\n\r\n");
                            peer.bodyOf(head).all();
                        }
                    });
                    Httpipe hp = Httpipe.create()) {
                Request request = Request.post(server.uri("/")).body(new byte[4 << 20]);
                for (int i = 0; i < 3; i++) {
                    assertTrue(threads.call(() -> hp.request(request)).requestSentWhole());
                    StreamedResponse response = threads.call(() -> hp.stream(request));
                    assertEquals(-1, response.body().read());
                    assertTrue(response.requestSentWhole());
                    assertEquals(
                            String.valueOf(response.status()),
                            threads.call(() -> hp.stream(request, r -> String.valueOf(r.status()))));
                }
                assertEquals(1, server.connections());
            }
        }
    }

    /** The server sends a whole 200 and close_notify, without Connection: close, while the body is still being sent. */
    @ParameterizedTest
    @EnumSource(Threads.class)
    void anEarly200IsNotReturnedIfTlsEndsBeforeTheWholeBodyIsSent(Threads threads) throws Exception {
        try (ScriptedServer server = Transports.TLS.server(peer -> {
                    String head = peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
                    peer.bodyOf(head).upTo(100_000);
                    ((SSLSocket) peer.socket()).shutdownOutput();
                    peer.cut();
                });
                Httpipe hp = Transports.TLS.client().build()) {
            Request request = Transports.request("POST", server).body(LARGE);
            assertThrows(HttpipeException.class, () -> threads.call(() -> hp.request(request)));
            assertThrows(
                    HttpipeException.class,
                    () -> threads.call(
                            () -> hp.stream(request, response -> response.body().readAllBytes())));
            assertThrows(
                    HttpipeException.class, () -> threads.call(() -> hp.stream(request, StreamedResponse::status)));
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anExchangeBuffersAtMost64KibOfAnEarlyResponse(Transports transport) throws Exception {
        for (int size : new int[] {1 << 16, LargeBody.SIZE}) {
            Signal testDone = new Signal();
            try (ScriptedServer server = transport.server(peer -> {
                        String head = peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                        try {
                            peer.send(new byte[size]);
                            if (size == 1 << 16) {
                                peer.bodyOf(head).all();
                            } // Otherwise the client fails before the whole request is sent.
                        } catch (IOException e) {
                            // The client has closed the connection.
                        }
                        testDone.await();
                    });
                    Httpipe hp = transport.client().build();
                    Exchange exchange = Exchanges.connect(transport, hp, server)) {
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
                testDone.set();
            }
        }
    }

    /** sendRequest() returns once the request is sent. It does not wait for the rest of the response. */
    @ParameterizedTest
    @EnumSource(
            value = Transports.class,
            names = {"TCP", "TLS"})
    void anExchangeDoesNotWaitForTheRestOfAnEarlyResponse(Transports transport) throws Exception {
        Signal sent = new Signal();
        try (ScriptedServer server = transport.server(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.bodyOf(head).all();
                    sent.await();
                    peer.send("1\r\nb\r\n0\r\n\r\n");
                });
                Httpipe hp = transport.client().build();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.sendRequest(Request.post("/").body(new byte[16 << 20]));
            sent.set();
            assertEquals("ab", exchange.readResponse().text());
        }
    }
}

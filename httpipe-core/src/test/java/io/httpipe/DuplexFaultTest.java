package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong while a request is still being sent and its response has begun. */
@Timeout(120)
class DuplexFaultTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** More than the sockets of both sides hold. */
    private static final byte[] LARGE = new byte[32 << 20];

    private static Stream<Arguments> eachTransportAndKindOfThread() {
        return Arrays.stream(Transports.values())
                .flatMap(below -> Arrays.stream(Threads.values()).map(threads -> Arguments.of(below, threads)));
    }

    /** The source of a body that gives a byte, waits until the response has begun, and then does this. */
    private static Body failing(Signal begun, IOException failure) {
        return Body.writing(out -> {
            out.write('a');
            out.flush();
            begun.await();
            throw failure;
        });
    }

    // A handler that does not read on

    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void aHandlerThatReadsNothingDoesNotHideThatTheSourceFailed(Transports below, Threads threads) throws Exception {
        IOException broken = new IOException("the disk is gone");
        Signal begun = new Signal();
        try (ScriptedServer server = below.server(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = below.client().build()) {
            Request request = Transports.request("POST", server).body(failing(begun, broken));
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> threads.call(() -> hp.stream(request, response -> {
                        begun.set();
                        return response.status();
                    })));
            assertSame(broken, e.getCause());
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aHandlerThatReadsNothingDoesNotHideThatTheServerWent(Threads threads) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
                    peer.bodyOf(head).upTo(100_000);
                    peer.reset();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(LARGE);
            assertThrows(
                    ConnectionLostException.class,
                    () -> threads.call(() -> hp.stream(request, StreamedResponse::status)));
            // The same where the handler itself has closed the response.
            assertThrows(
                    ConnectionLostException.class,
                    () -> threads.call(() -> hp.stream(request, response -> {
                        try (response) {
                            return response.status();
                        }
                    })));
            // A stream tells it to those who ask.
            StreamedResponse response = threads.call(() -> hp.stream(request));
            response.close();
            assertFalse(response.requestSentWhole());
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aHandlerThatReadsNothingDoesNotHideAnInterrupt(Threads threads) throws Exception {
        Signal over = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    over.await();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(LARGE);
            assertThrows(
                    CancelledException.class,
                    () -> threads.call(() -> hp.stream(request, response -> {
                        Thread.currentThread().interrupt();
                        return response.status();
                    })));
            assertEquals(List.of(), hp.stats());
            over.set();
        }
    }

    @Test
    void aHandlerThatReadsNothingIsLeftAloneWhereTheUploadIsNotLost() throws Exception {
        Signal over = new Signal();
        try (ScriptedServer server = ScriptedServer.of(
                        peer -> {
                            String head = peer.head();
                            peer.send(CHUNKED);
                            peer.bodyOf(head).all();
                            over.await(); // Its response has no end, which is not the upload's fault.
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
                            over.await();
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                            over.await();
                        });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(LARGE);
            for (int status : new int[] {200, 413, 200}) {
                assertEquals(status, Threads.VIRTUAL.call(() -> hp.stream(request, StreamedResponse::status)));
            }
            over.set();
        }
    }

    // What the reader is told

    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void aSendTimeoutIsToldToWhoReadsEvenIfTheSenderTakesItsTime(Transports below, Threads threads) throws Exception {
        Signal over = new Signal();
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        try (ScriptedServer server = below.server(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    over.await();
                });
                Httpipe hp = below.client().build()) {
            Body body = Body.writing(out -> {
                try {
                    out.write(LARGE);
                } catch (IOException e) {
                    awaitAskedForTheReason(reader.join());
                    throw e;
                }
            });
            Request request = Transports.request("POST", server)
                    .timeouts(Timeouts.DEFAULT.send(Duration.ofMillis(300)))
                    .body(body);
            TimedOutException e = assertThrows(
                    TimedOutException.class,
                    () -> threads.call(() -> {
                        reader.complete(Thread.currentThread());
                        try (StreamedResponse response = hp.stream(request)) {
                            return response.body().read();
                        }
                    }));
            assertTrue(e.getMessage().contains("send timeout of 300 ms"), e.getMessage());
            assertEquals(Phase.SEND, e.phase());
            over.set();
        }
    }

    /** Until the reader has met the end of the connection and looks what the sending says, or has gone without. */
    private static void awaitAskedForTheReason(Thread reader) {
        while (reader.isAlive()
                && Arrays.stream(reader.getStackTrace())
                        .noneMatch(frame -> frame.getMethodName().equals("endsWithin"))) {
            Thread.yield();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aDeadlineIsNotToldAsTheReadTimeoutThatDoesNotHoldDuringAnUpload(Transports below) throws Exception {
        Signal over = new Signal();
        try (SilentStream silent = new SilentStream(1);
                ScriptedServer server = below.server(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    over.await();
                });
                Httpipe hp = below.client().build()) {
            Request request = Transports.request("POST", server)
                    .timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(50)))
                    .timeout(Duration.ofMillis(500))
                    .body(Body.of(silent));
            try (StreamedResponse response = hp.stream(request)) {
                TimedOutException e = assertThrows(
                        TimedOutException.class, () -> response.body().read());
                assertTrue(e.getMessage().contains("deadline of 500 ms"), e.getMessage());
            }
            over.set();
        }
    }

    /** Nobody can have interrupted a thread that nobody knows: the source means a time limit of its own. */
    @ParameterizedTest
    @EnumSource(Threads.class)
    void aSourceThatWasInterruptedByItselfIsASourceThatFailed(Threads threads) throws Exception {
        IOException timeout = new InterruptedIOException("timeout");
        Signal begun = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(failing(begun, timeout));
            threads.call(() -> {
                try (StreamedResponse response = hp.stream(request)) {
                    begun.set();
                    RequestBodyException e = assertThrows(
                            RequestBodyException.class, () -> response.body().readAllBytes());
                    assertSame(timeout, e.getCause());
                    assertFalse(Thread.currentThread().isInterrupted());
                }
                return null;
            });
        }
    }

    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void theEndOfTheClientEndsBothDirections(Transports below, Threads threads) throws Exception {
        Signal over = new Signal();
        Signal reading = new Signal();
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Httpipe hp = below.client().closeGrace(Duration.ZERO).build();
        try (ScriptedServer server = below.server(peer -> {
            peer.head();
            peer.send(CHUNKED + "1\r\na\r\n");
            over.await();
        })) {
            Request request = Transports.request("POST", server).body(LARGE);
            threads.start(() -> {
                try (StreamedResponse response = hp.stream(request)) {
                    response.body().read();
                    reading.set();
                    response.body().read();
                    outcome.complete(new AssertionError("nothing was sent"));
                } catch (Throwable e) {
                    outcome.complete(e);
                }
            });
            reading.await();
            hp.close();
            CancelledException e = assertInstanceOf(CancelledException.class, outcome.get(20, TimeUnit.SECONDS));
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            assertEquals(List.of(), hp.stats());
            over.set();
        }
    }

    // What servers do

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anExchangeGivesNoEmptyPieceOfABodyThatHadOnlyBegun(Transports below) throws Exception {
        try (ScriptedServer server = below.server(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED);
                    peer.bodyOf(head).all();
                    peer.send("2\r\nOK\r\n0\r\n\r\n");
                });
                Httpipe hp = below.client().build();
                Exchange exchange = Exchanges.connect(below, hp, server)) {
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
    void anExchangeGivesNoEmptyPieceOfABodyThatWasEmpty(Transports below) throws Exception {
        try (ScriptedServer server = below.server(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "0\r\nT: v\r\n\r\n");
                    peer.bodyOf(head).all();
                });
                Httpipe hp = below.client().build();
                Exchange exchange = Exchanges.connect(below, hp, server)) {
            exchange.sendRequest(Request.post("/").body(LARGE));
            for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
                assertFalse(token instanceof Token.Body, token::toString);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void anEarlyResponseLargerThanMaxSizeEndsTheCall(Transports below, Threads threads) throws Exception {
        for (String framing : List.of("Content-Length: 1048576\r\n\r\n", "\r\n")) {
            Signal over = new Signal();
            try (ScriptedServer server = below.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\n" + framing);
                        try {
                            peer.send(new byte[1 << 20]);
                        } catch (IOException e) {
                            // The client has refused it.
                        }
                        over.await();
                    });
                    Httpipe hp = below.client().build()) {
                Request request =
                        Transports.request("POST", server).maxBodySize(1000).body(LARGE);
                assertThrows(BodyTooLargeException.class, () -> threads.call(() -> hp.request(request)));
                assertThrows(
                        BodyTooLargeException.class,
                        () -> threads.call(() ->
                                hp.stream(request, response -> response.body().readAllBytes())));
                assertEquals(List.of(), hp.stats());
                over.set();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void trailersOfAnEarlyResponseArrive(Transports below, Threads threads) throws Exception {
        try (ScriptedServer server = below.server(peer -> {
                    for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                        peer.send(CHUNKED + "2\r\nOK\r\n0\r\nT: v\r\n\r\n");
                        peer.bodyOf(head).all();
                    }
                });
                Httpipe hp = below.client().build()) {
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

    /** A server that is asked first may say no by a 200 as well; then nothing of the body is sent. */
    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void aStreamWaitsForTheGoAhead(Transports below, Threads threads) throws Exception {
        byte[] bytes = new byte[1 << 20];
        BlockingQueue<Long> sizes = new LinkedBlockingQueue<>();
        try (ScriptedServer server = below.server(
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
                Httpipe hp = below.client().build()) {
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
    @MethodSource("eachTransportAndKindOfThread")
    void aFloodOfInformationalResponsesEndsAnUpload(Transports below, Threads threads) throws Exception {
        Signal over = new Signal();
        try (ScriptedServer server = below.server(peer -> {
                    peer.head();
                    try {
                        for (int i = 0; i < 10_000; i++) {
                            peer.send("HTTP/1.1 102 Processing\r\n\r\n");
                        }
                    } catch (IOException e) {
                        // The client has gone.
                    }
                    over.await();
                });
                Httpipe hp = below.client().build()) {
            Request request = Transports.request("POST", server).body(LARGE);
            assertThrows(MalformedResponseException.class, () -> threads.call(() -> hp.stream(request)));
            assertThrows(MalformedResponseException.class, () -> threads.call(() -> hp.request(request)));
            assertEquals(List.of(), hp.stats());
            over.set();
        }
    }

    @ParameterizedTest
    @MethodSource("eachTransportAndKindOfThread")
    void aServerOfHttp10GetsTheWholeBodyBeforeItsResponseEnds(Transports below, Threads threads) throws Exception {
        try (ScriptedServer server = below.server(peer -> {
                    String head = peer.head();
                    peer.send("HTTP/1.0 200 OK\r\n\r\ngot ");
                    peer.send(peer.bodyOf(head).all().facts().split(":")[0]);
                });
                Httpipe hp = below.client().build()) {
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

    /** Half of the TLS connection is closed in order behind a whole 200 that did not say so, while the body goes on. */
    @ParameterizedTest
    @EnumSource(Threads.class)
    void aYesBeforeTheEndOfTlsIsNotGivenForAPartOfTheBody(Threads threads) throws Exception {
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

    // Pipes

    /** What the destination does when it has had a part of the body. */
    private enum Trouble {
        REFUSES {
            @Override
            void meet(ScriptedServer.Peer peer) throws IOException {
                peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                peer.awaitClose();
            }
        },
        RESETS {
            @Override
            void meet(ScriptedServer.Peer peer) throws IOException {
                peer.send(CHUNKED + "1\r\na\r\n");
                peer.reset();
            }
        },
        ENDS {
            @Override
            void meet(ScriptedServer.Peer peer) throws IOException {
                peer.send(CHUNKED + "1\r\na\r\n");
            }
        },
        ACCEPTS_AND_CLOSES {
            @Override
            void meet(ScriptedServer.Peer peer) throws IOException {
                peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK");
                peer.awaitClose();
            }
        };

        abstract void meet(ScriptedServer.Peer peer) throws IOException;
    }

    /** The source gives a part and then nothing, for longer than anybody here has patience. */
    @ParameterizedTest
    @EnumSource(Trouble.class)
    void aMuteSourceKeepsNobodyFromTheOutcome(Trouble trouble) throws Exception {
        for (Threads threads : Threads.values()) {
            Signal over = new Signal();
            Signal sourceClosed = new Signal();
            try (ScriptedServer from = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                        peer.awaitClose();
                        sourceClosed.set();
                    });
                    ScriptedServer to = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.body(4);
                        trouble.meet(peer);
                    });
                    Httpipe hp = Httpipe.create()) {
                StreamedResponse source = hp.stream(Request.get(from.uri("/")));
                String outcome = threads.call(() -> {
                    try (StreamedResponse response = source.pipe().stream(Request.put(to.uri("/")))) {
                        response.body().readAllBytes();
                        assertFalse(response.requestSentWhole());
                        return String.valueOf(response.status());
                    } catch (ConnectionLostException e) {
                        return "lost";
                    }
                });
                assertEquals(
                        switch (trouble) {
                            case REFUSES -> "403";
                            case ACCEPTS_AND_CLOSES -> "200";
                            default -> "lost";
                        },
                        outcome);
                sourceClosed.await();
                DuplexLeakTest.awaitEmpty(hp);
                over.set();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aSourceThatIsCutReachesTheReaderAtTheEndOfAChain(Threads threads) throws Exception {
        Signal begun = new Signal();
        try (ScriptedServer from = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                    begun.await();
                    peer.cut();
                });
                ScriptedServer through = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "4\r\n" + peer.body(4) + "\r\n");
                    peer.awaitClose();
                });
                ScriptedServer to = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    begun.set();
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> threads.call(
                            () -> hp.stream(Request.get(from.uri("/"))).pipe().stream(Request.put(through.uri("/")))
                                    .pipe()
                                    .request(Request.put(to.uri("/")))));
            RequestBodyException middle = assertInstanceOf(RequestBodyException.class, e.getCause());
            assertInstanceOf(ConnectionLostException.class, middle.getCause());
            assertEquals(List.of(), hp.stats());
        }
    }
}

package io.httpipe;

import static io.httpipe.DuplexSetup.CHUNKED;
import static io.httpipe.DuplexSetup.LARGE;
import static io.httpipe.DuplexSetup.awaitNoConnections;
import static io.httpipe.DuplexSetup.bodyFailingAfter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Failures of an upload whose response has already begun. */
@Timeout(120)
class DuplexFaultTest {
    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void aHandlerThatReadsNothingDoesNotHideASourceFailure(Transports transport, Threads threads) throws Exception {
        IOException broken = new IOException("the disk is gone");
        Signal responseBegun = new Signal();
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(bodyFailingAfter(responseBegun, broken));
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> threads.call(() -> hp.stream(request, response -> {
                        responseBegun.set();
                        return response.status();
                    })));
            assertSame(broken, e.getCause());
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aHandlerThatReadsNothingDoesNotHideALostConnection(Threads threads) throws Exception {
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
            // The same if the handler has closed the response itself.
            assertThrows(
                    ConnectionLostException.class,
                    () -> threads.call(() -> hp.stream(request, response -> {
                        try (response) {
                            return response.status();
                        }
                    })));
            // A streamed response shows by requestSentWhole() that the request was not sent whole.
            StreamedResponse response = threads.call(() -> hp.stream(request));
            response.close();
            assertFalse(response.requestSentWhole());
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aHandlerThatReadsNothingDoesNotHideAnInterrupt(Threads threads) throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    testDone.await();
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
            testDone.set();
        }
    }

    @Test
    void aHandlerThatReadsNothingSucceedsIfTheUploadIsNotLost() throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = ScriptedServer.of(
                        peer -> {
                            String head = peer.head();
                            peer.send(CHUNKED);
                            peer.bodyOf(head).all();
                            testDone.await(); // The response has no end, but the upload is complete.
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
                            testDone.await();
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                            testDone.await();
                        });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(LARGE);
            for (int status : new int[] {200, 413, 200}) {
                assertEquals(status, Threads.VIRTUAL.call(() -> hp.stream(request, StreamedResponse::status)));
            }
            testDone.set();
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void theReaderGetsTheSendTimeoutEvenIfTheWriterReactsLate(Transports transport, Threads threads) throws Exception {
        Signal testDone = new Signal();
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    testDone.await();
                });
                Httpipe hp = transport.client().build()) {
            Body body = Body.writing(out -> {
                try {
                    out.write(LARGE);
                } catch (IOException e) {
                    awaitEndOfReading(reader.join());
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
            testDone.set();
        }
    }

    /** Waits until the reader has ended, or has seen the end of the connection and asks how the upload ended. */
    private static void awaitEndOfReading(Thread reader) {
        while (reader.isAlive()
                && Arrays.stream(reader.getStackTrace())
                        .noneMatch(frame -> frame.getMethodName().equals("endsWithin"))) {
            Thread.yield();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aDeadlineDuringAnUploadIsNotReportedAsAReadTimeout(Transports transport) throws Exception {
        Signal testDone = new Signal();
        try (SilentStream silent = new SilentStream(1);
                ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    testDone.await();
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server)
                    .timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(50)))
                    .timeout(Duration.ofSeconds(2))
                    .body(Body.of(silent));
            try (StreamedResponse response = hp.stream(request)) {
                TimedOutException e = assertThrows(
                        TimedOutException.class, () -> response.body().read());
                assertTrue(e.getMessage().contains("deadline of 2000 ms"), e.getMessage());
            }
            testDone.set();
        }
    }

    /** The thread of the source was not interrupted, so the exception means a timeout of the source itself. */
    @ParameterizedTest
    @EnumSource(Threads.class)
    void anInterruptedIOExceptionFromTheSourceIsASourceFailure(Threads threads) throws Exception {
        IOException timeout = new InterruptedIOException("timeout");
        Signal responseBegun = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(bodyFailingAfter(responseBegun, timeout));
            threads.call(() -> {
                try (StreamedResponse response = hp.stream(request)) {
                    responseBegun.set();
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
    @MethodSource("io.httpipe.DuplexSetup#eachTransportAndThreadKind")
    void closingTheClientEndsBothDirections(Transports transport, Threads threads) throws Exception {
        Signal testDone = new Signal();
        Signal reading = new Signal();
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Httpipe hp = transport.client().closeGrace(Duration.ZERO).build();
        try (ScriptedServer server = transport.server(peer -> {
            peer.head();
            peer.send(CHUNKED + "1\r\na\r\n");
            testDone.await();
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
            testDone.set();
        }
    }

    /** The fault of the destination after it has read a part of the body. */
    private enum DestinationFault {
        REFUSES {
            @Override
            void strike(Peer peer) throws IOException {
                peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                peer.awaitClose();
            }
        },
        RESETS {
            @Override
            void strike(Peer peer) throws IOException {
                peer.send(CHUNKED + "1\r\na\r\n");
                peer.reset();
            }
        },
        ENDS {
            @Override
            void strike(Peer peer) throws IOException {
                peer.send(CHUNKED + "1\r\na\r\n");
            }
        },
        ACCEPTS_AND_CLOSES {
            @Override
            void strike(Peer peer) throws IOException {
                peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK");
                peer.awaitClose();
            }
        };

        abstract void strike(Peer peer) throws IOException;
    }

    /** The source sends a part of its body and then blocks. */
    @ParameterizedTest
    @EnumSource(DestinationFault.class)
    void aSilentPipeSourceDoesNotDelayTheOutcome(DestinationFault fault) throws Exception {
        for (Threads threads : Threads.values()) {
            Signal testDone = new Signal();
            Signal sourceClosed = new Signal();
            try (ScriptedServer sourceServer = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                        peer.awaitClose();
                        sourceClosed.set();
                    });
                    ScriptedServer destinationServer = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.body(4);
                        fault.strike(peer);
                    });
                    Httpipe hp = Httpipe.create()) {
                StreamedResponse source = hp.stream(Request.get(sourceServer.uri("/")));
                String outcome = threads.call(() -> {
                    try (StreamedResponse response = source.pipe().stream(Request.put(destinationServer.uri("/")))) {
                        response.body().readAllBytes();
                        assertFalse(response.requestSentWhole());
                        return String.valueOf(response.status());
                    } catch (ConnectionLostException e) {
                        return "lost";
                    }
                });
                assertEquals(
                        switch (fault) {
                            case REFUSES -> "403";
                            case ACCEPTS_AND_CLOSES -> "200";
                            default -> "lost";
                        },
                        outcome);
                sourceClosed.await();
                awaitNoConnections(hp);
                testDone.set();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aLostPipeSourceIsReportedAtTheEndOfAChain(Threads threads) throws Exception {
        Signal responseBegun = new Signal();
        try (ScriptedServer sourceServer = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                    responseBegun.await();
                    peer.cut();
                });
                ScriptedServer middleServer = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED + "4\r\n" + peer.body(4) + "\r\n");
                    peer.awaitClose();
                });
                ScriptedServer destinationServer = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    responseBegun.set();
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> threads.call(() -> hp.stream(Request.get(sourceServer.uri("/"))).pipe().stream(
                                    Request.put(middleServer.uri("/")))
                            .pipe()
                            .request(Request.put(destinationServer.uri("/")))));
            RequestBodyException middle = assertInstanceOf(RequestBodyException.class, e.getCause());
            assertInstanceOf(ConnectionLostException.class, middle.getCause());
            assertEquals(List.of(), hp.stats());
        }
    }
}

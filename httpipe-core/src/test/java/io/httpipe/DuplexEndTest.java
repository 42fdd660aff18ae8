package io.httpipe;

import static io.httpipe.DuplexSetup.CHUNKED;
import static io.httpipe.DuplexSetup.LARGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.DuplexSetup.CallStyle;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An upload whose response has already begun, and which the caller, the body source or the server ends. */
@Timeout(120)
class DuplexEndTest {
    @Test
    void abortingAStreamEndsItsUploadAtOnce() throws Exception {
        CompletableFuture<Throwable> writerEnded = new CompletableFuture<>();
        Signal testDone = new Signal();
        Signal flushed = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    testDone.await();
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
            // Wait for the flush. The response head may arrive earlier, and the abort would make the flush fail.
            flushed.await();
            response.abort();
            assertInstanceOf(InterruptedException.class, writerEnded.get(20, TimeUnit.SECONDS));
            assertFalse(response.requestSentWhole());
            assertEquals(List.of(), hp.stats());
            testDone.set();
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

    /** The server sends a 200, reads a part of the body, and resets. */
    @ParameterizedTest
    @EnumSource(CallStyle.class)
    void anEarly200IsNotReturnedIfTheConnectionIsResetBeforeTheWholeBodyIsSent(CallStyle style) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
                    peer.bodyOf(head).upTo(100_000);
                    peer.reset();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(LARGE);
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class, () -> Threads.VIRTUAL.call(() -> style.send(hp, request)));
            assertFalse(e.safeToRetry());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aComplete200WithConnectionCloseEndsTheUpload(Transports transport) throws Exception {
        Signal testDone = new Signal();
        for (CallStyle style : new CallStyle[] {CallStyle.REQUEST, CallStyle.STREAM}) {
            try (SilentStream silent = new SilentStream(100_000);
                    ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes");
                        testDone.await();
                    });
                    Httpipe hp = transport.client().build()) {
                for (Body body : List.of(Body.of(LARGE), Body.of(silent))) {
                    Request request = Transports.request("POST", server).body(body);
                    long start = System.nanoTime();
                    if (style == CallStyle.REQUEST) {
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
        testDone.set();
    }

    @Test
    void theReadTimeoutStartsAtTheEndOfTheUpload() throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    peer.send(CHUNKED + "1\r\na\r\n");
                    peer.bodyOf(head).all();
                    testDone.await();
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
            testDone.set();
        }
    }
}

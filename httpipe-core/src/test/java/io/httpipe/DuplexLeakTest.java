package io.httpipe;

import static io.httpipe.DuplexSetup.CHUNKED;
import static io.httpipe.DuplexSetup.LARGE;
import static io.httpipe.DuplexSetup.awaitNoConnections;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LogListener;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A streamed response that is dropped during its upload is reported: the upload does not keep it reachable. */
@Timeout(60)
class DuplexLeakTest {
    private final LogListener log = new LogListener();

    @AfterEach
    void stopListening() {
        log.close();
    }

    private void awaitReportOf(String path) throws InterruptedException {
        String message = log.awaitAfterGc().getMessage();
        assertTrue(message.contains(path), () -> path + " is not reported: " + message);
    }

    /** A separate method, so that nothing on the stack holds the response. */
    private static void drop(Threads threads, Httpipe hp, Request request) throws Exception {
        threads.call(() -> {
            assertEquals(200, hp.stream(request).status());
            return null;
        });
    }

    /** An orderly TLS close would wait for the blocked write of the upload, and would block the leak detector. */
    @ParameterizedTest
    @EnumSource(Transports.class)
    void aLeakIsReportedWhileTheServerReadsNothingAndSoIsTheNextLeak(Transports transport) throws Exception {
        for (Threads threads : Threads.values()) {
            Signal testDone = new Signal();
            Signal gone = new Signal();
            try (ScriptedServer server = transport.server(
                            peer -> {
                                peer.head();
                                peer.send(CHUNKED);
                                testDone.await();
                                peer.awaitClose();
                                gone.set();
                            },
                            peer -> {
                                peer.head();
                                peer.send(CHUNKED);
                                peer.awaitClose();
                            });
                    Httpipe hp = transport.client().build()) {
                Request upload =
                        Transports.request("POST", server).path("/upload").body(LARGE);
                drop(threads, hp, upload);
                awaitReportOf("/upload");
                drop(threads, hp, Transports.request("GET", server).path("/next"));
                awaitReportOf("/next");
                testDone.set();
                gone.await();
                awaitNoConnections(hp);
            }
        }
    }

    @Test
    void aLeakWithAWaitingWriterIsReportedAndTheWriterIsInterrupted() throws Exception {
        for (Threads threads : Threads.values()) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Signal flushed = new Signal();
            try (ScriptedServer server = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send(CHUNKED);
                        peer.awaitClose();
                    });
                    Httpipe hp = Httpipe.create()) {
                Request upload = Request.post(server.uri("/upload")).body(Body.writing(out -> {
                    out.write('a');
                    out.flush();
                    flushed.set();
                    try {
                        new Semaphore(0).acquire();
                    } catch (InterruptedException e) {
                        ended.complete(e);
                    }
                }));
                drop(threads, hp, upload);
                flushed.await();
                awaitReportOf("/upload");
                assertInstanceOf(InterruptedException.class, ended.get(20, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void aLeakedPipeWithASilentSourceIsReported() throws Exception {
        Signal gone = new Signal();
        try (ScriptedServer sourceServer = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                    peer.awaitClose();
                    gone.set();
                });
                ScriptedServer destinationServer = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CHUNKED);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            dropPipe(hp, sourceServer, destinationServer);
            awaitReportOf("/to");
            gone.await();
            awaitNoConnections(hp);
        }
    }

    private static void dropPipe(Httpipe hp, ScriptedServer sourceServer, ScriptedServer destinationServer)
            throws HttpipeException {
        StreamedResponse source = hp.stream(Request.get(sourceServer.uri("/from")));
        assertEquals(
                200,
                source.pipe().stream(Request.put(destinationServer.uri("/to"))).status());
    }
}

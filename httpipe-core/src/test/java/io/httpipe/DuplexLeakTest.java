package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A streamed response that nobody closes while its request is still being sent: the upload does not hold it. */
@Timeout(60)
class DuplexLeakTest {
    private static final String BEGUN = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final Logger logger = Logger.getLogger("io.httpipe");
    private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    private void awaitReportOf(String path) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        LogRecord report = null;
        while (report == null && System.nanoTime() < end) {
            System.gc();
            report = records.poll(20, TimeUnit.MILLISECONDS);
        }
        assertTrue(report != null && report.getMessage().contains(path), () -> path + " is not reported");
    }

    /** Waits until the client has no connection any more; fails the test where it keeps one. */
    static void awaitEmpty(Httpipe hp) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!hp.stats().isEmpty() && System.nanoTime() < end) {
            Thread.yield();
        }
        assertEquals(List.of(), hp.stats());
    }

    /** In a frame of its own, so that nothing on the stack holds the response. */
    private static void drop(Threads threads, Httpipe hp, Request request) throws Exception {
        threads.call(() -> {
            assertEquals(200, hp.stream(request).status());
            return null;
        });
    }

    /** An orderly end of TLS would wait for the write that the upload is in, and with it the finder of all leaks. */
    @ParameterizedTest
    @EnumSource(Transports.class)
    void isFoundWhileTheServerTakesNothingAndSoIsTheNext(Transports below) throws Exception {
        for (Threads threads : Threads.values()) {
            Signal over = new Signal();
            Signal gone = new Signal();
            try (ScriptedServer server = below.server(
                            peer -> {
                                peer.head();
                                peer.send(BEGUN);
                                over.await();
                                peer.awaitClose();
                                gone.set();
                            },
                            peer -> {
                                peer.head();
                                peer.send(BEGUN);
                                peer.awaitClose();
                            });
                    Httpipe hp = below.client().build()) {
                Request upload =
                        Transports.request("POST", server).path("/upload").body(new byte[32 << 20]);
                drop(threads, hp, upload);
                awaitReportOf("/upload");
                drop(threads, hp, Transports.request("GET", server).path("/next"));
                awaitReportOf("/next");
                over.set();
                gone.await();
                awaitEmpty(hp);
            }
        }
    }

    @Test
    void isFoundWhileItsWriterWaitsWhichIsInterrupted() throws Exception {
        for (Threads threads : Threads.values()) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Signal flushed = new Signal();
            try (ScriptedServer server = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send(BEGUN);
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
    void isFoundWhileTheSourceOfItsPipeIsMute() throws Exception {
        Signal gone = new Signal();
        try (ScriptedServer from = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                    peer.awaitClose();
                    gone.set();
                });
                ScriptedServer to = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(BEGUN);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            dropPipe(hp, from, to);
            awaitReportOf("/to");
            gone.await();
            awaitEmpty(hp);
        }
    }

    private static void dropPipe(Httpipe hp, ScriptedServer from, ScriptedServer to) throws HttpipeException {
        StreamedResponse source = hp.stream(Request.get(from.uri("/from")));
        assertEquals(200, source.pipe().stream(Request.put(to.uri("/to"))).status());
    }
}

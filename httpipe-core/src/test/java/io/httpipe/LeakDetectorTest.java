package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A streamed response that is never closed is detected and reported, and its connection is closed. */
@Timeout(60)
class LeakDetectorTest {
    private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf";

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

    private LogRecord awaitReport() throws InterruptedException {
        LogRecord report = null;
        while (report == null) {
            System.gc();
            report = records.poll(20, TimeUnit.MILLISECONDS);
        }
        return report;
    }

    /** A separate method, so that no stack frame keeps the response reachable. */
    private static void drop(Httpipe hp, String uri) throws HttpipeException {
        assertEquals(200, hp.stream(Request.get(uri)).status());
    }

    @Test
    void reportsADroppedResponseAndClosesItsConnection() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(HALF);
                    peer.awaitClose();
                    closed.countDown();
                });
                Httpipe hp = Httpipe.create()) {
            drop(hp, server.uri("/dropped"));
            LogRecord report = awaitReport();
            assertTrue(report.getMessage().contains("/dropped was never closed"), report.getMessage());
            assertNull(report.getThrown());
            assertTrue(closed.await(10, TimeUnit.SECONDS));
            assertEquals(0, hp.stats().size());
        }
    }

    @Test
    void reportsWhereTheResponseWasOpenedIfConfigured() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(HALF);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.builder().traceLeaks(true).build()) {
            drop(hp, server.uri("/dropped"));
            Throwable opened = assertNotNullAndGet(awaitReport().getThrown());
            assertTrue(Arrays.stream(opened.getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("drop")));
        }
    }

    @Test
    void reportsNothingAboutClosedResponses() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(HALF);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            hp.stream(Request.get(server.uri("/closed"))).close();
            drop(hp, server.uri("/dropped"));
            assertTrue(awaitReport().getMessage().contains("/dropped"));
            assertNull(records.poll());
        }
    }

    private static Throwable assertNotNullAndGet(Throwable opened) {
        assertNotNull(opened);
        return opened;
    }
}

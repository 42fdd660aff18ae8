package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LogListener;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A streamed response that is never closed is detected and reported, and its connection is closed. */
@Timeout(60)
class LeakDetectorTest {
    private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf";

    private final LogListener log = new LogListener();

    @AfterEach
    void stopListening() {
        log.close();
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
            LogRecord report = log.awaitAfterGc();
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
            Throwable opened = assertNotNullAndGet(log.awaitAfterGc().getThrown());
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
            assertTrue(log.awaitAfterGc().getMessage().contains("/dropped"));
            assertEquals(List.of(), log.rest());
        }
    }

    private static Throwable assertNotNullAndGet(Throwable opened) {
        assertNotNull(opened);
        return opened;
    }
}

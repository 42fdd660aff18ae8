package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Closing a response early reads a limited rest to keep the connection, and never takes long. */
@Timeout(60)
class StreamCloseTest {
    private static final int DRAINED = 65_536;

    /** A close may take 100 ms; a busy machine gets more time. */
    private static final long BOUND = TimeUnit.SECONDS.toNanos(2);

    private static String counted(int length) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length);
    }

    private static String chunked(int chunks, int size) {
        String chunk = "%x\r\n%s\r\n".formatted(size, "x".repeat(size));
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(chunks) + "0\r\nX-Sum: 1\r\n\r\n";
    }

    /** Sends the response until the client closes. */
    private static Script sending(String answer, Signal sent) {
        return peer -> {
            try {
                while (peer.nextHead() != null) {
                    peer.send(answer);
                    sent.set();
                }
            } catch (IOException e) {
                // The client need not read everything.
            }
        };
    }

    /** Returns how many times the connection was reused for a request after a response that was closed early. */
    private static int reusedAfterEarlyClose(Transports transport, String answer, int bytesRead) throws Exception {
        Signal sent = new Signal();
        try (ScriptedServer server = transport.server(sending(answer, sent), sending(counted(0), new Signal()));
                Httpipe hp = transport.client().build()) {
            try (StreamedResponse response = hp.stream(Transports.request("GET", server))) {
                assertEquals(bytesRead, response.body().readNBytes(bytesRead).length);
                if (answer.length() < 2 * DRAINED) {
                    // The socket buffers take such a response, so a close waits for nothing.
                    sent.await();
                }
            }
            try (StreamedResponse response = hp.stream(Transports.request("GET", server))) {
                return response.reusedTimes();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void closeReadsUpTo64KibToKeepTheConnection(Transports transport) throws Exception {
        assertEquals(1, reusedAfterEarlyClose(transport, counted(DRAINED), 0));
        assertEquals(1, reusedAfterEarlyClose(transport, counted(DRAINED + 10), 10));
        assertEquals(1, reusedAfterEarlyClose(transport, chunked(10, 1000), 0));
        assertEquals(1, reusedAfterEarlyClose(transport, chunked(10, 1000), 1500));
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void closeDropsTheConnectionIfMoreThan64KibAreLeft(Transports transport) throws Exception {
        assertEquals(0, reusedAfterEarlyClose(transport, counted(DRAINED + 1), 0));
        assertEquals(0, reusedAfterEarlyClose(transport, counted(10_000_000), 100));
        assertEquals(0, reusedAfterEarlyClose(transport, chunked(1000, 1000), 0));
        assertEquals(0, reusedAfterEarlyClose(transport, "HTTP/1.1 200 OK\r\n\r\nuntil close", 1));
        assertEquals(
                0,
                reusedAfterEarlyClose(
                        transport, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 0));
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aSlowOrSilentServerDoesNotDelayTheClose(Transports transport) throws Exception {
        for (int pause : new int[] {10, 0}) {
            Signal closed = new Signal();
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
                        if (pause > 0) {
                            peer.drip(new byte[60_000], pause);
                        } else {
                            peer.awaitClose();
                        }
                        closed.set();
                    });
                    Httpipe hp = transport.client().build()) {
                StreamedResponse response = hp.stream(Transports.request("GET", server));
                long start = System.nanoTime();
                response.close();
                assertTrue(System.nanoTime() - start < BOUND);
                closed.await();
            }
        }
    }

    @Test
    void aCloseDoesNotOutliveTheDeadline() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).timeout(Duration.ofSeconds(2));
            try (StreamedResponse response = hp.stream(request)) {
                assertEquals(200, response.status());
            }
        }
    }

    @Test
    void aCloseInAnInterruptedThreadDoesNotWaitAndKeepsTheInterruptStatus() throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
                    peer.awaitClose();
                    closed.set();
                });
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            Thread.currentThread().interrupt();
            response.close();
            assertTrue(Thread.interrupted());
            closed.await();
        }
    }

    /** If a request that forwards a response body ends early, one thread closes the body while another one reads it. */
    @ParameterizedTest
    @CsvSource({"TCP,512", "TCP,8192", "TLS,512", "TLS,8192", "UNIX,512", "UNIX,8192"})
    void aCloseEndsAReadInAnotherThread(Transports transport, int size) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5100\r\n\r\n" + "x".repeat(100));
                    peer.awaitClose();
                    closed.set();
                });
                Httpipe hp = transport.client().build()) {
            StreamedResponse response = hp.stream(Transports.request("GET", server));
            assertEquals(100, response.body().readNBytes(100).length);
            FutureTask<Integer> reading = new FutureTask<>(() -> response.body().read(new byte[size]));
            Thread reader = Threads.VIRTUAL.start(reading);
            while (reader.getState() != Thread.State.WAITING && !reading.isDone()) {
                Thread.onSpinWait();
            }
            long start = System.nanoTime();
            response.close();
            assertTrue(System.nanoTime() - start < BOUND);
            Throwable e = assertThrows(ExecutionException.class, () -> reading.get(20, TimeUnit.SECONDS))
                    .getCause();
            CancelledException cancelled = assertInstanceOf(CancelledException.class, e);
            assertEquals(CancelledException.Reason.RESPONSE_CLOSED, cancelled.reason());
            String expected = "the response was closed by another thread while reading the response body (";
            assertTrue(cancelled.getMessage().startsWith(expected), cancelled.getMessage());
            assertNull(cancelled.getCause());
            assertFalse(cancelled.safeToRetry());
            closed.await();
            assertEquals(
                    0,
                    hp.stats().stream()
                            .mapToInt(stats -> stats.leased() + stats.idle())
                            .sum());
        }
    }

    @Test
    void aCloseIgnoresAMalformedRestButClosesTheConnection() throws Exception {
        String malformed = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\nzz\r\n";
        assertEquals(0, reusedAfterEarlyClose(Transports.TCP, malformed, 1));
    }

    @Test
    void trailersReadByTheCloseAreAvailableAfterwards() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(chunked(2, 10), new Signal()));
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            response.close();
            assertEquals("1", response.trailers().first("x-sum"));
        }
    }
}

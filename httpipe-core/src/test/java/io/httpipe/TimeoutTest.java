package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FullListener;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each step ends at its timeout and the call at its deadline, over each transport. The error has the details. */
@Timeout(60)
class TimeoutTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Duration SHORT = Duration.ofMillis(60);

    /** Long enough for the work of the server, even on a busy machine. */
    private static final Duration ENOUGH = Duration.ofMillis(600);

    @Test
    void theConnectTimeoutEndsConnecting() throws Exception {
        try (FullListener full = new FullListener();
                Httpipe hp = Httpipe.builder()
                        .timeouts(Timeouts.DEFAULT.connect(Duration.ofMillis(600)))
                        .build()) {
            Request post = Request.post("http://127.0.0.1:" + full.port() + "/");
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(post));
            assertEquals(Phase.CONNECT, e.phase());
            assertEquals(Endpoint.of("127.0.0.1", full.port()), e.endpoint());
            assertEquals(0, e.bytesSent());
            assertEquals(0, e.bytesReceived());
            assertEquals(0, e.reusedTimes());
            assertTrue(e.safeToRetry());
            assertTrue(e.getMessage().contains("connect timeout of 600 ms"), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theReadTimeoutEndsTheWaitForAHead(Transports transport) throws Exception {
        Signal closed = new Signal();
        Script silent = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            peer.send("HTTP/1.1 ");
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = transport.server(silent);
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server);
            hp.request(request);
            Request impatient = request.timeouts(Timeouts.DEFAULT.read(ENOUGH));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(impatient));
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertEquals(1, e.reusedTimes());
            assertEquals(server.heads().getLast().length(), e.bytesSent());
            assertEquals(9, e.bytesReceived());
            assertFalse(e.safeToRetry());
            assertTrue(e.getMessage().contains("read timeout of 600 ms"), e.getMessage());
            closed.await();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theReadTimeoutEndsTheWaitForABody(Transports transport) throws Exception {
        Signal closed = new Signal();
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
        Script half = peer -> {
            peer.head();
            peer.send(head + "01234");
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = transport.server(half);
                Httpipe hp = transport
                        .client()
                        .timeouts(Timeouts.DEFAULT.read(ENOUGH))
                        .build()) {
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> hp.request(Transports.request("GET", server)));
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            assertEquals(head.length() + 5, e.bytesReceived());
            assertTrue(e.safeToRetry());
            closed.await();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSendTimeoutEndsSendingToAServerThatDoesNotRead(Transports transport) throws Exception {
        byte[] body = new byte[32 << 20];
        for (Thread.Builder threads : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            Signal over = new Signal();
            Script deaf = peer -> {
                peer.head();
                over.await();
            };
            try (ScriptedServer server = transport.server(deaf);
                    Httpipe hp = transport
                            .client()
                            .timeouts(Timeouts.DEFAULT.send(SHORT))
                            .build()) {
                Request post = Transports.request("POST", server).body(body);
                FutureTask<TimedOutException> call =
                        new FutureTask<>(() -> assertThrows(TimedOutException.class, () -> hp.request(post)));
                threads.start(call);
                TimedOutException e = call.get(20, TimeUnit.SECONDS);
                assertEquals(Phase.SEND, e.phase());
                assertTrue(e.bytesSent() > 0 && e.bytesSent() < body.length, "sent " + e.bytesSent());
                assertEquals(0, e.bytesReceived());
                assertFalse(e.safeToRetry());
                assertTrue(e.getMessage().contains("send timeout of 60 ms"), e.getMessage());
                over.set();
            }
        }
    }

    @Test
    void theConnectTimeoutEndsTheTlsHandshake() throws Exception {
        Signal closed = new Signal();
        Script mute = peer -> {
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(mute);
                Httpipe hp = Httpipe.builder()
                        .timeouts(Timeouts.DEFAULT.connect(ENOUGH))
                        .build()) {
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> hp.get("https://127.0.0.1:" + server.port() + "/"));
            assertEquals(Phase.TLS, e.phase());
            assertEquals(0, e.bytesSent());
            assertTrue(e.safeToRetry());
            assertTrue(e.getMessage().contains("connect timeout of 600 ms"), e.getMessage());
            closed.await();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theDeadlineEndsASlowDripThatNoReadTimeoutEnds(Transports transport) throws Exception {
        Signal gone = new Signal();
        Script drip = peer -> {
            peer.head();
            peer.send(OK);
            if (peer.nextHead() != null) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                peer.drip(new byte[100_000], 3);
            }
            gone.set();
        };
        try (ScriptedServer server = transport.server(drip);
                Httpipe hp = transport
                        .client()
                        .timeouts(Timeouts.of(Duration.ofSeconds(20)))
                        .build()) {
            Request request = Transports.request("GET", server);
            hp.request(request);
            Request hasty = request.timeout(Duration.ofSeconds(1));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(hasty));
            assertDeadline(e);
            assertEquals(1, e.reusedTimes());
            gone.await();
        }
    }

    @Test
    void theDeadlineEndsADrippedHeadToo() throws Exception {
        Script drip = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nX: ");
            peer.drip("x".repeat(60_000).getBytes("ISO-8859-1"), 3);
        };
        try (ScriptedServer server = ScriptedServer.of(drip);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).timeout(ENOUGH);
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertDeadline(e);
        }
    }

    @Test
    void aResolverThatNeverAnswersIsAbandoned() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Httpipe hp = Httpipe.builder()
                .timeouts(Timeouts.DEFAULT.connect(SHORT))
                .resolver(host -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return List.of();
                })
                .build()) {
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.get("http://slow.test/"));
            assertEquals(Phase.RESOLVE, e.phase());
            assertEquals(Endpoint.of("slow.test", 80), e.endpoint());
            assertTrue(e.safeToRetry());
            assertTrue(e.getMessage().contains("connect timeout of 60 ms"), e.getMessage());
            Request hasty = Request.get("http://slow.test/").timeout(Duration.ofMillis(20));
            e = assertThrows(TimedOutException.class, () -> hp.request(hasty));
            assertDeadline(e);
        } finally {
            never.countDown();
        }
    }

    @Test
    void theEarlierDeadlineOfClientAndRequestApplies() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hasty = Httpipe.builder().timeout(Duration.ofMillis(50)).build();
                Httpipe slow = Httpipe.builder().timeout(Duration.ofSeconds(20)).build()) {
            Request request = Request.get(server.uri("/"));
            assertEndsAt(hasty, request);
            assertEndsAt(hasty, request.timeout(Duration.ofSeconds(20)));
            assertEndsAt(slow, request.timeout(Duration.ofMillis(50)));
            assertEndsAt(slow, request.timeout(Duration.ofMillis(50)).deadline(Deadline.after(Duration.ofSeconds(20))));
            Request impatient = request.timeouts(Timeouts.DEFAULT.read(SHORT));
            TimedOutException e = assertThrows(TimedOutException.class, () -> slow.request(impatient));
            assertTrue(e.getMessage().contains("read timeout of 60 ms"), e.getMessage());
        }
    }

    @Test
    void oneDeadlineAppliesToManyCalls() throws Exception {
        Script silentAtFirst = peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                if (head.startsWith("GET /loud ")) {
                    peer.send(OK);
                }
            }
        };
        try (ScriptedServer server = ScriptedServer.of(silentAtFirst);
                Httpipe hp = Httpipe.create()) {
            Deadline deadline = Deadline.after(ENOUGH);
            Request request = Request.get(server.uri("/")).deadline(deadline);
            assertThrows(TimedOutException.class, () -> hp.request(request));
            assertTrue(deadline.isExpired());
            assertEquals(Duration.ZERO, deadline.remaining());
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertEquals(Phase.ACQUIRE, e.phase());
            hp.get(server.uri("/loud"));
            assertEquals(2, server.connections(), "none for the second");
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsSentIfTheDeadlineHasPassedAtTheStart(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(OK));
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("GET", server);
            Deadline over = Deadline.after(Duration.ofNanos(1));
            while (!over.isExpired()) {
                Thread.onSpinWait();
            }
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request.deadline(over)));
            assertEquals(Phase.ACQUIRE, e.phase());
            assertEquals(0, e.bytesSent());
            assertTrue(e.safeToRetry());
            assertFalse(e.getMessage().contains("of -"), e.getMessage());
            hp.request(request);
            assertThrows(TimedOutException.class, () -> hp.request(request.deadline(over)));
            // The idle connection has not been touched.
            assertEquals(1, hp.request(request).reusedTimes());
            assertEquals(1, server.connections());
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void aResponseInTimeLeavesNoTimeoutBehind() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().timeouts(Timeouts.of(ENOUGH)).build()) {
            Signal later = new Signal();
            hp.get(server.uri("/"));
            Thread.ofVirtual().start(() -> {
                // Waits until the timeouts of the first call are over. They must not end the second call.
                assertThrows(TimedOutException.class, () -> awaitDeadline());
                later.set();
            });
            later.await();
            assertEquals(1, hp.get(server.uri("/")).reusedTimes());
        }
    }

    private static void awaitDeadline() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            hp.request(Request.get(server.uri("/")).timeout(ENOUGH.plus(SHORT)));
        }
    }

    /** The reported milliseconds may be off by one, because a deadline is a point in time. */
    private static void assertDeadline(TimedOutException e) {
        assertTrue(e.getMessage().matches("exceeded the deadline of \\d+ ms while .*"), e.getMessage());
    }

    private static void assertEndsAt(Httpipe hp, Request request) {
        assertDeadline(assertThrows(TimedOutException.class, () -> hp.request(request)));
    }
}

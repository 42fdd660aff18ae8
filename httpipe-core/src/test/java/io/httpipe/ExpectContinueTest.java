package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code Expect: 100-continue}: the body waits for the server, but not for ever. */
@Timeout(60)
class ExpectContinueTest {
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    /** Longer than any test waits. */
    private static final Duration LONG = Duration.ofSeconds(50);

    private static final Duration SHORT = Duration.ofMillis(30);

    private static Body small(AtomicBoolean asked) {
        return Body.writing(5, out -> {
            asked.set(true);
            out.write("hello".getBytes(StandardCharsets.US_ASCII));
        });
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void theBodyIsSentAfter100Continue(Transports transport) throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        try (ScriptedServer server = transport.server(peer -> {
                    while (peer.nextHead() != null) {
                        assertFalse(asked.get(), "the body has been asked for too early");
                        peer.send(CONTINUE);
                        assertEquals("hello", peer.body(5));
                        asked.set(false);
                        peer.send(OK);
                    }
                });
                Httpipe hp = transport.client().build()) {
            for (int i = 0; i < 3; i++) {
                Request request = Transports.request("POST", server).body(small(asked));
                assertEquals(i, hp.request(request.expectContinue(LONG)).reusedTimes());
            }
            String head = server.heads().getFirst();
            assertTrue(head.contains("\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"), head);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {417, 401, 200, 307})
    void theBodyIsNotSentAfterAFinalResponse(int status) throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        CompletableFuture<Integer> next = new CompletableFuture<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 " + status + " Said\r\nContent-Length: 4\r\n\r\nbody");
                    next.complete(peer.read());
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(small(asked)).expectContinue(LONG);
            Response response = hp.request(request);
            assertEquals(status, response.status());
            assertEquals("body", response.text());
            assertFalse(asked.get());
            // The server may still wait for the announced body, so the connection cannot carry another request.
            assertEquals(-1, next.get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void theBodyIsSentIfTheWaitEndsWithoutAResponse(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(peer -> {
                    while (peer.nextHead() != null) {
                        assertEquals("hello", peer.body(5));
                        peer.send(OK);
                    }
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body("hello").expectContinue(SHORT);
            long start = System.nanoTime();
            assertEquals(200, hp.request(request).status());
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
            assertEquals(1, hp.request(request).reusedTimes());
        }
    }

    @Test
    void aLate100AndASecond100AreSkipped() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    while (peer.nextHead() != null) {
                        assertEquals("hello", peer.body(5));
                        peer.send(CONTINUE + CONTINUE + "HTTP/1.1 102 Processing\r\n\r\n" + OK);
                    }
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body("hello").expectContinue(SHORT);
            assertEquals(200, hp.request(request).status());
            assertEquals(1, hp.request(request).reusedTimes());
        }
    }

    @Test
    void two100sAtOnceCountAsOne() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CONTINUE + CONTINUE);
                    assertEquals("hello", peer.body(5));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body("hello").expectContinue(LONG);
            assertEquals(200, hp.request(request).status());
        }
    }

    @Test
    void anotherInformationalResponseDoesNotReleaseTheBody() throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    peer.send("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(small(asked)).expectContinue(LONG);
            assertEquals(413, hp.request(request).status());
            assertFalse(asked.get());
        }
    }

    @Test
    void aChunkedBodyWaitsInTheSameWay() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    assertTrue(peer.head().contains("\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"));
                    peer.send(CONTINUE);
                    assertEquals("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", peer.body(25));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/"))
                    .body("hello")
                    .trailers(() -> Headers.of("X-Sum", "1"))
                    .expectContinue(LONG);
            assertEquals(200, hp.request(request).status());
        }
    }

    @Test
    void anEarlyResponseStopsALargeBodyAfter100Continue() throws Exception {
        Signal done = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CONTINUE);
                    peer.body(65_536);
                    peer.send("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
                    done.await();
                });
                Httpipe hp = Httpipe.create()) {
            Request request =
                    Request.post(server.uri("/")).body(new byte[64 << 20]).expectContinue(LONG);
            assertEquals(413, hp.request(request).status());
            done.set();
        }
    }

    @Test
    void anEmptyBodyIsSentWithoutExpect() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                Request request = Request.post(server.uri("/")).expectContinue(LONG);
                assertEquals(200, hp.request(request).status());
                assertEquals(200, hp.request(request.body("")).status());
            }
            assertFalse(recorder.received().contains("Expect"), recorder.received());
        }
    }

    @Test
    void http10RequestsAreSentWithoutExpect() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                Request request = Request.post(server.uri("/")).body("x").version(Version.HTTP_1_0);
                assertEquals(200, hp.request(request.expectContinue(LONG)).status());
            }
            assertFalse(recorder.received().contains("Expect"), recorder.received());
        }
    }

    @Test
    void aCloseInsteadOfAResponseIsALostConnection() throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        try (ScriptedServer server = ScriptedServer.of(Peer::head);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(small(asked)).expectContinue(LONG);
            assertThrows(ConnectionLostException.class, () -> hp.request(request));
            assertFalse(asked.get());
        }
    }

    @Test
    void garbageInsteadOf100IsAMalformedResponse() throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("SMTP ready\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(small(asked)).expectContinue(LONG);
            assertThrows(MalformedResponseException.class, () -> hp.request(request));
            assertFalse(asked.get());
        }
    }

    @Test
    void theDeadlineEndsTheWait() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/"))
                    .body("hello")
                    .expectContinue(LONG)
                    .timeout(Duration.ofMillis(100));
            assertThrows(TimedOutException.class, () -> hp.request(request));
        }
    }

    /** A server may need longer to decide than the read timeout. A body that was sent cannot be taken back. */
    @ParameterizedTest
    @EnumSource(Transports.class)
    void theReadTimeoutDoesNotEndTheWait(Transports transport) throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        CountDownLatch body = new CountDownLatch(1);
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    assertFalse(body.await(300, TimeUnit.MILLISECONDS), "the body has been asked for");
                    peer.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server)
                    .body(Body.writing(5, out -> {
                        asked.set(true);
                        body.countDown();
                        out.write("hello".getBytes(StandardCharsets.US_ASCII));
                    }))
                    .expectContinue(LONG)
                    .timeouts(Timeouts.DEFAULT.read(SHORT));
            assertEquals(417, hp.request(request).status());
            assertFalse(asked.get());
        }
    }

    @Test
    void theDeadlineEndsTheWaitThatTheReadTimeoutDoesNotEnd() throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/"))
                    .body(small(asked))
                    .expectContinue(LONG)
                    .timeouts(Timeouts.DEFAULT.read(SHORT))
                    .timeout(Duration.ofSeconds(1));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertTrue(e.getMessage().startsWith("exceeded the deadline of 1000 ms while"), e.getMessage());
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertFalse(asked.get());
        }
    }

    @Test
    void theReadTimeoutAppliesAfterTheBodyIsSent() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(CONTINUE);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/"))
                    .body("hello")
                    .expectContinue(LONG)
                    .timeouts(Timeouts.DEFAULT.read(SHORT));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertTrue(e.getMessage().startsWith("exceeded the read timeout of 30 ms"), e.getMessage());
        }
    }

    @Test
    void onADeadReusedConnectionOnlyAnIdempotentRequestIsResent() throws Exception {
        Script diesAtTheSecond = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
        };
        Script takesAll = peer -> {
            peer.head();
            peer.send(CONTINUE);
            assertEquals("hello", peer.body(5));
            peer.send(OK);
        };
        for (String method : new String[] {"PUT", "POST"}) {
            try (ScriptedServer server = ScriptedServer.of(diesAtTheSecond, takesAll);
                    Httpipe hp = Httpipe.create()) {
                hp.get(server.uri("/"));
                Request request =
                        Request.of(method, server.uri("/")).body("hello").expectContinue(LONG);
                if (method.equals("PUT")) {
                    assertEquals(0, hp.request(request).reusedTimes());
                } else {
                    ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(request));
                    assertEquals(1, e.reusedTimes());
                    assertFalse(e.safeToRetry());
                }
            }
        }
    }
}

package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.Signal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cases in which a call with several attempts could do harm. */
@Timeout(30)
class JourneyFaultTest {
    private static Body once() {
        return Body.of(new ByteArrayInputStream(new byte[10]));
    }

    private static int leased(Httpipe hp) {
        return hp.stats().stream().mapToInt(RouteStats::leased).sum();
    }

    /** The server has executed a POST when its redirect arrives, whatever happens to the GET after it. */
    @Test
    void aPostThatWasRedirectedIsNotSafeToRetry() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                AnsweringServer server = new AnsweringServer(
                        request -> empty(303, "Location: http://127.0.0.1:" + nobody.port() + "/order/1"));
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            Request post = Request.post(server.uri("/order")).body("work");
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.request(post));
            assertFalse(e.safeToRetry());
            assertEquals(2, e.hops().size());
            ConnectFailedException get =
                    assertThrows(ConnectFailedException.class, () -> hp.request(Request.get(server.uri("/order"))));
            assertTrue(get.safeToRetry());
            ConnectFailedException keyed =
                    assertThrows(ConnectFailedException.class, () -> hp.request(post.idempotencyKey()));
            assertTrue(keyed.safeToRetry());
        }
    }

    /** The wait for a connection is counted from its own beginning, however long the call has been under way. */
    @Test
    void eachAttemptHasItsOwnTimeForEachStep() {
        long step = 1_000_000;
        CallTimeouts first = new CallTimeouts(new CallTimeouts.Limits(step, step, step, step), 0, NanoClock.NEVER);
        assertEquals(step, first.enter(CallStep.ACQUIRE), "the first attempt begins with the call");
        long now = NanoClock.now();
        CallTimeouts next = first.forNextAttempt();
        assertTrue(next.enter(CallStep.ACQUIRE) >= now + step);
        assertEquals(first.deadline(), next.deadline());
    }

    @Test
    void uploadsThatCannotBeSentAgainLearnTheNextNonce() throws Exception {
        AtomicInteger nonce = new AtomicInteger(1);
        try (AnsweringServer server = new AnsweringServer(request -> {
                    String authorization = request.field("Authorization");
                    return authorization != null && authorization.contains("nonce=\"" + nonce + "\"")
                            ? ok("stored")
                            : empty(
                                    401,
                                    "WWW-Authenticate: Digest realm=\"r\", qop=\"auth\", nonce=\"%d\", stale=true"
                                            .formatted(nonce.get()));
                });
                Httpipe hp = Httpipe.builder()
                        .credentials(Credentials.digest(server.origin(), "u", "p"))
                        .build()) {
            assertEquals(
                    401, hp.request(Request.put(server.uri("/")).body(once())).status());
            assertEquals(
                    200, hp.request(Request.put(server.uri("/")).body(once())).status());
            nonce.incrementAndGet();
            assertEquals(
                    401, hp.request(Request.put(server.uri("/")).body(once())).status());
            assertEquals(
                    200, hp.request(Request.put(server.uri("/")).body(once())).status());
            assertEquals(4, server.requests().size());
        }
    }

    @Test
    void uploadsThatCannotBeSentAgainMakeTheNextCallFetchAToken() throws Exception {
        AtomicInteger fetched = new AtomicInteger();
        try (AnsweringServer server = new AnsweringServer(request -> "Bearer t1".equals(request.field("Authorization"))
                        ? empty(401, "WWW-Authenticate: Bearer error=\"invalid_token\"")
                        : ok("stored"));
                Httpipe hp = Httpipe.builder()
                        .credentials(Credentials.bearer(
                                server.origin(), () -> AccessToken.of("t" + fetched.incrementAndGet())))
                        .build()) {
            assertEquals(
                    401, hp.request(Request.put(server.uri("/")).body(once())).status());
            assertEquals(
                    200, hp.request(Request.put(server.uri("/")).body(once())).status());
            assertEquals(2, fetched.get());
        }
    }

    @Test
    void aServerThatIsNotBelievedDoesNotGetTheRestOfTheUpload() throws Exception {
        Signal judged = new Signal();
        CompletableFuture<Long> received = new CompletableFuture<>();
        try (ScriptedServer server = ScriptedServer.of(
                        peer -> {
                            peer.head();
                            peer.send(empty(
                                    401,
                                    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
                                    "Connection: close"));
                            peer.awaitClose();
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 200 OK\r\nAuthentication-Info: rspauth=\"00\"\r\n"
                                    + "Content-Length: 5\r\n\r\nhello");
                            judged.await();
                            byte[] piece = new byte[1 << 16];
                            long count = 0;
                            try {
                                InputStream in = peer.socket().getInputStream();
                                for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                                    count += read;
                                }
                            } catch (IOException e) {
                                // The client has aborted the connection.
                            }
                            received.complete(count);
                        });
                Httpipe hp = Httpipe.builder()
                        .credentials(Credentials.digest(server.uri(""), "u", "p"))
                        .build()) {
            Request upload = Request.put(server.uri("/")).body(new byte[LargeBody.SIZE]);
            CredentialsFailedException e = assertThrows(CredentialsFailedException.class, () -> hp.stream(upload));
            assertEquals(0, leased(hp));
            assertTrue(e.bytesSent() < LargeBody.SIZE, () -> e.bytesSent() + " bytes");
            judged.set();
            assertTrue(received.get(10, TimeUnit.SECONDS) < LargeBody.SIZE);
        }
    }

    @Test
    void closingADerivedClientLetsItsCallsGoOn() throws Exception {
        CompletableFuture<Httpipe> derived = new CompletableFuture<>();
        try (AnsweringServer server = new AnsweringServer(request -> {
                    if (request.target().equals("/a")) {
                        derived.join().close();
                        return empty(302, "Location: /b");
                    }
                    return ok("here");
                });
                Httpipe hp = Httpipe.create()) {
            derived.complete(hp.with(options -> options.redirects(Redirects.NORMAL)));
            assertEquals("here", derived.join().get(server.uri("/a")).text());
            assertThrows(IllegalStateException.class, () -> derived.join().get(server.uri("/a")));
        }
    }

    @Test
    void aFanOutOverABaseIsCancelledByAnInterrupt() {
        try (Httpipe hp = Httpipe.builder().baseUri("http://127.0.0.1:1").build()) {
            Thread.currentThread().interrupt();
            CancelledException e = assertThrows(
                    CancelledException.class, () -> FanOut.over(hp).all(List.of(Request.get("/a"), Request.get("/b"))));
            assertTrue(Thread.interrupted());
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
        }
    }

    @Test
    void bodyHeadersStayAtTheirOriginEvenIfThereIsNoBody() throws Exception {
        try (AnsweringServer other = new AnsweringServer(request -> ok("other"));
                AnsweringServer server = new AnsweringServer(request -> empty(302, "Location: " + other.uri("/")));
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            hp.request(Request.get(server.uri("/")).header("Content-Secret", "1"));
            assertNull(other.last().field("Content-Secret"));
        }
    }

    @Test
    void theNumbersOfAHopDoNotChangeAfterwards() throws Exception {
        try (AnsweringServer server = new AnsweringServer(
                        request -> request.target().equals("/a") ? empty(302, "Location: /b") : ok("hello"));
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            Response response = hp.get(server.uri("/a"));
            List<Hop> hops = response.hops();
            hp.get(server.uri("/b"));
            assertEquals(hops, response.hops());
            assertEquals(
                    server.requests().get(0).head().length(), hops.getFirst().bytesSent());
            assertEquals(ok("hello").length(), hops.getLast().bytesReceived());
        }
    }

    @Test
    void aBodyThatBreaksWhileTheCallerReadsItHasTheHops() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                });
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build();
                StreamedResponse response =
                        hp.stream(Request.get(server.uri("/")).timeout(Duration.ofSeconds(20)))) {
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class, () -> response.body().readAllBytes());
            assertEquals(1, e.hops().size());
            assertEquals(200, e.hops().getFirst().status());
        }
    }
}

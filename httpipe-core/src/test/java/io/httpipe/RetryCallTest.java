package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.FullListener;
import io.httpipe.testing.Threads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are tried again: when, how often, and what ends the wait between two attempts. */
@Timeout(30)
class RetryCallTest {
    /** Does not wait before an attempt, because full jitter chooses the smallest wait. */
    private static final Retries AT_ONCE = Retries.of(3).random(fixed(0));

    private static RandomGenerator fixed(long bits) {
        return () -> bits;
    }

    private static Httpipe client(Retries retries) {
        return Httpipe.builder().retries(retries).build();
    }

    /** A server that answers with these statuses in turn, and then with 200. */
    private static AnsweringServer statuses(String fields, int... statuses) throws Exception {
        AtomicInteger count = new AtomicInteger();
        return new AnsweringServer(request -> {
            int index = count.getAndIncrement();
            return index < statuses.length ? empty(statuses[index], fields.split("\n")) : ok("done");
        });
    }

    private static int leased(Httpipe hp) {
        return hp.stats().stream().mapToInt(RouteStats::leased).sum();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void aBusyServerIsAskedAgain(int status) throws Exception {
        try (AnsweringServer server = statuses("X: 1", status, status);
                Httpipe hp = client(AT_ONCE)) {
            Response response = hp.get(server.uri("/"));
            assertEquals("done", response.text());
            List<Hop> hops = response.hops();
            assertEquals(
                    List.of(status, status, 200), hops.stream().map(Hop::status).toList());
            assertEquals(String.valueOf(status), hops.getFirst().reason());
            assertEquals("", hops.getLast().reason());
            assertEquals(
                    List.of(false, true, true),
                    hops.stream().map(Hop::connectionReused).toList());
            assertTrue(hops.getFirst().bytesSent() > 40, hops::toString);
            assertTrue(hops.getFirst().bytesReceived() > 20, hops::toString);
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void theLastAttemptIsTheAnswer() throws Exception {
        try (AnsweringServer server = statuses("X: 1", 503, 503, 503, 503);
                Httpipe hp = client(AT_ONCE)) {
            assertEquals(503, hp.get(server.uri("/")).status());
            assertEquals(3, server.requests().size());
            assertEquals(
                    503,
                    hp.request(Request.get(server.uri("/")).retries(Retries.of(1)))
                            .status());
            assertEquals(4, server.requests().size());
        }
    }

    @ParameterizedTest
    @CsvSource({"500, 1", "501, 1", "404, 1", "400, 1"})
    void otherStatusesAreAnswers(int status, int requests) throws Exception {
        try (AnsweringServer server = statuses("Retry-After: 0", status);
                Httpipe hp = client(AT_ONCE)) {
            assertEquals(status, hp.get(server.uri("/")).status());
            assertEquals(requests, server.requests().size());
        }
    }

    @Test
    void aPostNeedsAnIdempotencyKey() throws Exception {
        try (AnsweringServer server = statuses("X: 1", 503, 503);
                Httpipe hp = client(AT_ONCE)) {
            Request post = Request.post(server.uri("/")).body("work");
            assertEquals(503, hp.request(post).status());
            assertEquals("done", hp.request(post.idempotencyKey()).text());
            String key = server.requests().get(1).field("Idempotency-Key");
            assertTrue(key.matches("[0-9a-f-]{36}"), key);
            assertEquals(key, server.last().field("Idempotency-Key"), "the same work has the same key");
            assertEquals("work", server.last().body());
        }
    }

    @Test
    void theServerCanSayHowLongToWait() throws Exception {
        try (AnsweringServer server = statuses("Retry-After: 1", 503);
                Httpipe hp = client(AT_ONCE)) {
            Response response = hp.get(server.uri("/"));
            assertEquals("done", response.text());
            assertEquals(Duration.ofSeconds(1), response.hops().getFirst().waited());
            assertEquals("503, Retry-After 1 s", response.hops().getFirst().reason());
        }
    }

    @Test
    void aWaitThatIsTooLongDoesNotBegin() throws Exception {
        try (AnsweringServer server = statuses("Retry-After: 31", 503, 503, 503);
                Httpipe hp = client(AT_ONCE)) {
            assertEquals(503, hp.get(server.uri("/")).status());
            Request shortly = Request.get(server.uri("/"))
                    .retries(AT_ONCE.maxRetryAfter(Duration.ofSeconds(60)))
                    .timeout(Duration.ofSeconds(20));
            assertEquals(503, hp.request(shortly).status(), "the deadline comes first");
            assertEquals(2, server.requests().size());
        }
    }

    @Test
    void aBodyThatIsLostBeforeTheCallerHasItIsAskedForAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                        },
                        peer -> {
                            peer.head();
                            peer.send(ok("the whole"));
                            peer.awaitClose();
                        });
                Httpipe hp = client(AT_ONCE)) {
            Response response = hp.get(server.uri("/"));
            assertEquals("the whole", response.text());
            Hop lost = response.hops().getFirst();
            assertEquals(200, lost.status());
            assertInstanceOf(ConnectionLostException.class, lost.failure());
            assertEquals("connection lost", lost.reason());
            assertTrue(lost.toString().startsWith("GET " + server.uri("/") + ": "), lost::toString);
        }
    }

    @Test
    void aBodyThatTheCallerReadsIsNotAskedForAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                });
                Httpipe hp = client(AT_ONCE);
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class, () -> response.body().readAllBytes());
            assertEquals(1, e.hops().size());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aHostThatRefusesConnectionsIsTriedAgain() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                Httpipe hp = client(AT_ONCE)) {
            Request post =
                    Request.post("http://127.0.0.1:" + nobody.port() + "/").body("not sent");
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.request(post));
            assertEquals(3, e.hops().size());
            assertEquals("connect failed", e.hops().getFirst().reason());
            assertEquals(0, e.hops().getFirst().bytesSent());
        }
    }

    @ParameterizedTest
    @CsvSource({"408, GET, 2", "408, POST, 1", "421, GET, 2", "421, POST, 2"})
    void aMisdirectedOrHalfReceivedRequestNeedsANewConnection(int status, String method, int requests)
            throws Exception {
        try (AnsweringServer server = statuses("X: 1", status);
                Httpipe hp = client(AT_ONCE)) {
            Response response = hp.request(Request.of(method, server.uri("/")).retries(AT_ONCE));
            assertEquals(requests == 1 ? status : 200, response.status());
            assertEquals(requests, server.requests().size());
            assertEquals(requests, server.server().connections());
        }
    }

    @Test
    void anOutageIsNotMultiplied() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(503));
                Httpipe hp = client(AT_ONCE)) {
            for (int i = 0; i < 100; i++) {
                assertEquals(503, hp.get(server.uri("/")).status());
            }
            int retries = server.requests().size() - 100;
            assertTrue(retries >= 10 && retries <= 10 + 20, retries + " retries for 100 calls");
        }
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        try (AnsweringServer server = statuses("Retry-After: 25", 503);
                Httpipe hp = client(AT_ONCE)) {
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            CompletableFuture<CancelledException> outcome = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual().start(() -> {
                outcome.complete(assertThrows(CancelledException.class, () -> hp.get(server.uri("/"))));
                flag.complete(Thread.interrupted());
            });
            awaitWait(caller);
            assertEquals(0, leased(hp), "no connection is held meanwhile");
            caller.interrupt();
            CancelledException e = outcome.get(10, TimeUnit.SECONDS);
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
            assertEquals(Phase.PAUSE, e.phase());
            assertEquals(List.of(503), e.hops().stream().map(Hop::status).toList());
            assertTrue(flag.get());
        }
    }

    @Test
    void closingTheClientEndsTheWait() throws Exception {
        try (AnsweringServer server = statuses("Retry-After: 25", 503)) {
            Httpipe hp = client(AT_ONCE);
            CompletableFuture<Response> call = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual().start(() -> {
                try {
                    call.complete(hp.get(server.uri("/")));
                } catch (HttpipeException e) {
                    call.completeExceptionally(e);
                }
            });
            awaitWait(caller);
            hp.close();
            ExecutionException e = assertThrows(ExecutionException.class, () -> call.get(10, TimeUnit.SECONDS));
            CancelledException cancelled = assertInstanceOf(CancelledException.class, e.getCause());
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, cancelled.reason());
        }
    }

    private static void awaitWait(Thread caller) {
        while (!Threads.waits(caller, "Waits.until")) {
            Thread.yield();
        }
    }

    @Test
    void aDeadlineEndsAllAttempts() throws Exception {
        try (FullListener full = new FullListener();
                Httpipe hp = Httpipe.builder()
                        .retries(AT_ONCE)
                        .timeouts(Timeouts.of(Duration.ofMillis(50)))
                        .build()) {
            Request request = Request.get("http://127.0.0.1:" + full.port() + "/");
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertEquals(3, e.hops().size(), "a timeout of a step is a reason to try again");
            TimedOutException deadline = assertThrows(
                    TimedOutException.class,
                    () -> hp.request(request.timeouts(Timeouts.of(Duration.ofSeconds(20)))
                            .timeout(Duration.ofMillis(75))));
            assertEquals(TimedOutException.Limit.DEADLINE, deadline.limit());
            assertEquals(1, deadline.hops().size());
        }
    }
}

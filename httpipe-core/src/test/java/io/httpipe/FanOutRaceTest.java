package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link FanOut#first} and {@link FanOut#hedge}: which response wins, and that nothing is left of the losers. */
@Timeout(60)
class FanOutRaceTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Script CLOSING = Peer::head;

    /** Responds to one request with this status. */
    private static Script respondingWith(int status) {
        return peer -> {
            peer.head();
            peer.send(FanOutServer.response("" + status));
            peer.awaitClose();
        };
    }

    /** Never responds, and counts down when the client closes. */
    private static Script silent(CountDownLatch closed) {
        return peer -> {
            peer.head();
            peer.awaitClose();
            closed.countDown();
        };
    }

    private static boolean isNotServerError(Response response) {
        return response.status() < 500;
    }

    @Test
    void theFirstResponseWinsAndTheLosersSocketsAreClosed() throws Exception {
        try (FanOutServer server = new FanOutServer(10);
                Httpipe hp = Httpipe.create()) {
            Response winner = FanOut.over(hp).first(server.slowAnd(server.get("quick")));
            assertEquals("quick", winner.text());
            server.assertNothingIsLeft(hp);
            assertEquals(
                    List.of(1),
                    hp.stats().stream().map(RouteStats::open).toList(),
                    "only the connection of the winner is open");
        }
    }

    @Test
    void anyStatusWinsUnlessAConditionIsSet() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            List<Request> requests = List.of(server.get("503"), server.get("good"));
            FanOut oneByOne = FanOut.over(hp).concurrency(1);
            assertEquals(503, oneByOne.first(requests).status());
            assertEquals(List.of("503"), server.requestedPaths(), "with a winner, no other request is sent");
            assertEquals(
                    200,
                    oneByOne.accepting(FanOutRaceTest::isNotServerError)
                            .first(requests)
                            .status());
        }
    }

    @Test
    void ifNoResponseIsAcceptedTheFirstIsReturned() throws Exception {
        try (ScriptedServer busy = ScriptedServer.of(CLOSING, respondingWith(502), respondingWith(503));
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
            FanOut fanOut = FanOut.over(hp).concurrency(1).accepting(FanOutRaceTest::isNotServerError);
            assertEquals(
                    502,
                    fanOut.first(Collections.nCopies(3, Request.get(busy.uri("/"))))
                            .status());
        }
    }

    @Test
    void ifAllFailTheFirstFailureCarriesTheOthers() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            Request refused = Request.get("http://127.0.0.1:%d/".formatted(nobody.port()));
            List<Request> requests = List.of(refused, server.get("lost"), server.get("lost"));
            ConnectFailedException e = assertThrows(
                    ConnectFailedException.class,
                    () -> FanOut.over(hp).concurrency(1).first(requests));
            assertEquals(2, e.getSuppressed().length);
            assertInstanceOf(ConnectionLostException.class, e.getSuppressed()[0]);
            assertInstanceOf(ConnectionLostException.class, e.getSuppressed()[1]);
        }
    }

    @Test
    void firstOfNoRequestsIsRefused() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            assertThrows(IllegalArgumentException.class, () -> FanOut.over(hp).first(List.of()));
        }
    }

    @Test
    void aConditionThatThrowsEndsTheRace() throws Exception {
        try (FanOutServer server = new FanOutServer(3);
                Httpipe hp = Httpipe.create()) {
            FanOut fanOut = FanOut.over(hp).accepting(response -> {
                throw new ArithmeticException();
            });
            assertThrows(ArithmeticException.class, () -> fanOut.first(server.slowAnd(server.get("x"))));
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void aDeadlineOrAnInterruptEndsTheRace() throws Exception {
        try (FanOutServer server = new FanOutServer(3);
                Httpipe hp = Httpipe.create()) {
            FanOut withDeadline = FanOut.over(hp).timeout(Duration.ofSeconds(1));
            TimedOutException e = assertThrows(TimedOutException.class, () -> withDeadline.first(server.slowAnd()));
            assertEquals(2, e.getSuppressed().length, "all have failed");
            server.assertNothingIsLeft(hp);
        }
        try (FanOutServer server = new FanOutServer(3);
                Httpipe hp = Httpipe.create()) {
            server.interrupted(() -> FanOut.over(hp).first(server.slowAnd()));
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void aRequestAnsweredBeforeTheDelayIsNotSentTwice() throws Exception {
        Queue<String> startedHosts = new ConcurrentLinkedQueue<>();
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = FanOutServer.recordingHosts(startedHosts)) {
            Request request = server.get("once.test", "a");
            assertEquals("a", FanOut.over(hp).hedge(request, LONG).text());
            assertEquals(List.of("once.test"), List.copyOf(startedHosts));
        }
    }

    @Test
    void theSecondCopyWinsIfTheFirstGetsNoResponse() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (ScriptedServer server = ScriptedServer.of(silent(closed), respondingWith(200));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            // The concurrency limit does not apply to a hedge.
            assertEquals(
                    200, FanOut.over(hp).concurrency(1).hedge(request, SHORT).status());
            assertEquals(
                    List.of(1),
                    hp.stats().stream().map(RouteStats::open).toList(),
                    "the connection of the loser is closed");
            assertEquals(2, server.connections());
            assertTrue(closed.await(20, TimeUnit.SECONDS), "the server sees the loser's socket closed");
        }
    }

    @Test
    void theFirstCopyCanStillWinAfterTheSecondIsSent() throws Exception {
        CountDownLatch secondCame = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Script slow = peer -> {
            peer.head();
            secondCame.await();
            peer.send(FanOutServer.response("slow"));
            peer.awaitClose();
        };
        Script slower = peer -> {
            peer.head();
            secondCame.countDown();
            peer.awaitClose();
            closed.countDown();
        };
        try (ScriptedServer server = ScriptedServer.of(slow, slower);
                Httpipe hp = Httpipe.create()) {
            assertEquals(
                    "slow",
                    FanOut.over(hp).hedge(Request.get(server.uri("/")), SHORT).text());
            assertTrue(closed.await(20, TimeUnit.SECONDS), "the server sees the loser's socket closed");
        }
    }

    @Test
    void aFirstCopyThatFailsOrIsNotAcceptedStartsTheSecondAtOnce() throws Exception {
        for (Script first : List.of(CLOSING, respondingWith(503))) {
            try (ScriptedServer server = ScriptedServer.of(first, respondingWith(200));
                    Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
                FanOut fanOut = FanOut.over(hp).accepting(FanOutRaceTest::isNotServerError);
                assertEquals(
                        200, fanOut.hedge(Request.get(server.uri("/")), LONG).status());
                assertEquals(2, server.connections());
            }
        }
    }

    @Test
    void ifBothCopiesFailTheFirstFailureCarriesTheOther() throws Exception {
        AtomicInteger copies = new AtomicInteger();
        Script losing = peer -> {
            if (peer.nextHead() != null) {
                copies.incrementAndGet();
            }
        };
        try (ScriptedServer server = ScriptedServer.of(losing);
                Httpipe hp = Httpipe.create()) {
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class, () -> FanOut.over(hp).hedge(Request.get(server.uri("/")), LONG));
            assertEquals(1, e.getSuppressed().length);
            assertEquals(2, copies.get());
        }
    }

    @Test
    void onlyRepeatableRequestsAreHedged() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            FanOut fanOut = FanOut.over(hp);
            Request post = Request.post("/x").at(server.get("x").endpoint());
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> fanOut.hedge(post, SHORT));
            assertTrue(e.getMessage().contains("POST"), e.getMessage());
            Request oneShot = server.get("x").body(Body.writing(out -> {}));
            assertThrows(IllegalArgumentException.class, () -> fanOut.hedge(oneShot, SHORT));
            assertThrows(IllegalArgumentException.class, () -> fanOut.hedge(server.get("x"), Duration.ZERO));
            assertEquals(List.of(), server.requestedPaths());
            Request keyed = post.header("Idempotency-Key", "7");
            assertEquals(200, fanOut.hedge(keyed, LONG).status());
        }
    }

    @Test
    void aDeadlineOrAnInterruptEndsAHedge() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        try (ScriptedServer server = ScriptedServer.of(silent(closed));
                Httpipe hp = Httpipe.create()) {
            FanOut withDeadline = FanOut.over(hp).timeout(SHORT.multipliedBy(4));
            TimedOutException e = assertThrows(
                    TimedOutException.class,
                    () -> withDeadline.hedge(Request.get(server.uri("/")), Duration.ofMillis(10)));
            assertEquals(1, e.getSuppressed().length, "both have failed");
            assertTrue(closed.await(20, TimeUnit.SECONDS), "the server sees both sockets closed");
        }
        try (FanOutServer server = new FanOutServer(1);
                Httpipe hp = Httpipe.create()) {
            server.interrupted(() -> FanOut.over(hp).hedge(server.get("slow"), LONG));
            server.assertNothingIsLeft(hp);
            assertEquals(1, server.connections());
        }
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
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

/** One response of many requests, or of two copies of one: who wins, and that nothing is left of the losers. */
@Timeout(60)
class FanOutRaceTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final ScriptedServer.Script LOSES = ScriptedServer.Peer::head;

    /** Answers one request with this status. */
    private static ScriptedServer.Script says(int status) {
        return peer -> {
            peer.head();
            peer.send(FanOutServer.answer("" + status));
            peer.awaitClose();
        };
    }

    /** Never answers, and counts down when the client closes. */
    private static ScriptedServer.Script silent(CountDownLatch closed) {
        return peer -> {
            peer.head();
            peer.awaitClose();
            closed.countDown();
        };
    }

    private static boolean served(Response response) {
        return response.status() < 500;
    }

    @Test
    void theFirstResponseWinsAndTheLosersSocketsAreClosed() throws Exception {
        try (FanOutServer server = new FanOutServer(10);
                Httpipe hp = Httpipe.create()) {
            Response won = FanOut.over(hp).first(server.slowAnd(server.get("quick")));
            assertEquals("quick", won.text());
            server.assertNothingIsLeft(hp);
            assertEquals(List.of(1), hp.stats().stream().map(RouteStats::open).toList(), "but for the winner's");
        }
    }

    @Test
    void anyStatusWinsUnlessTheCallerAsksForMore() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            List<Request> requests = List.of(server.get("503"), server.get("good"));
            FanOut oneByOne = FanOut.over(hp).concurrency(1);
            assertEquals(503, oneByOne.first(requests).status());
            assertEquals(List.of("503"), server.asked(), "with a winner, no other request is sent");
            assertEquals(
                    200,
                    oneByOne.accepting(FanOutRaceTest::served).first(requests).status());
        }
    }

    @Test
    void ifNoResponseIsAcceptedTheFirstIsReturned() throws Exception {
        try (ScriptedServer busy = ScriptedServer.of(LOSES, says(502), says(503));
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
            FanOut picky = FanOut.over(hp).concurrency(1).accepting(FanOutRaceTest::served);
            assertEquals(
                    502,
                    picky.first(Collections.nCopies(3, Request.get(busy.uri("/"))))
                            .status());
        }
    }

    @Test
    void ifAllFailTheFirstFailureCarriesTheOthers() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            Request refused = Request.get("http://127.0.0.1:%d/".formatted(FanOutServer.unusedPort()));
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
    void nobodyCanWinAmongNone() throws Exception {
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
            FanOut hasty = FanOut.over(hp).timeout(SHORT);
            TimedOutException e = assertThrows(TimedOutException.class, () -> hasty.first(server.slowAnd()));
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
    void aRequestThatIsAnsweredInTimeIsNotSentTwice() throws Exception {
        Queue<String> begun = new ConcurrentLinkedQueue<>();
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = FanOutServer.noting(begun)) {
            Request request = server.get("once.test", "a");
            assertEquals("a", FanOut.over(hp).hedge(request, LONG).text());
            assertEquals(List.of("once.test"), List.copyOf(begun));
        }
    }

    @Test
    void aSecondCopyWinsOverASilentFirst() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (ScriptedServer server = ScriptedServer.of(silent(closed), says(200));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            // The bound of one at a time is none on a hedge.
            assertEquals(
                    200, FanOut.over(hp).concurrency(1).hedge(request, SHORT).status());
            assertEquals(List.of(1), hp.stats().stream().map(RouteStats::open).toList(), "the loser's is closed");
            assertEquals(2, server.connections());
            assertTrue(closed.await(20, TimeUnit.SECONDS), "the server sees the loser's socket closed");
        }
    }

    @Test
    void theFirstCopyMayStillWinOverTheSecond() throws Exception {
        CountDownLatch secondCame = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        ScriptedServer.Script slow = peer -> {
            peer.head();
            secondCame.await();
            peer.send(FanOutServer.answer("slow"));
            peer.awaitClose();
        };
        ScriptedServer.Script slower = peer -> {
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
        for (ScriptedServer.Script first : List.of(LOSES, says(503))) {
            try (ScriptedServer server = ScriptedServer.of(first, says(200));
                    Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
                FanOut fanOut = FanOut.over(hp).accepting(FanOutRaceTest::served);
                assertEquals(
                        200, fanOut.hedge(Request.get(server.uri("/")), LONG).status());
                assertEquals(2, server.connections());
            }
        }
    }

    @Test
    void ifBothCopiesFailTheFirstFailureCarriesTheOther() throws Exception {
        AtomicInteger copies = new AtomicInteger();
        ScriptedServer.Script losing = peer -> {
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
    void onlyWhatCanBeRepeatedIsHedged() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            FanOut fanOut = FanOut.over(hp);
            Request post = Request.post("/x").at(server.get("x").endpoint());
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> fanOut.hedge(post, SHORT));
            assertTrue(e.getMessage().contains("POST"), e.getMessage());
            Request oneShot = server.get("x").body(Body.writing(out -> {}));
            assertThrows(IllegalArgumentException.class, () -> fanOut.hedge(oneShot, SHORT));
            assertThrows(IllegalArgumentException.class, () -> fanOut.hedge(server.get("x"), Duration.ZERO));
            assertEquals(List.of(), server.asked());
            Request keyed = post.header("Idempotency-Key", "7");
            assertEquals(200, fanOut.hedge(keyed, LONG).status());
        }
    }

    @Test
    void aDeadlineOrAnInterruptEndsAHedge() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        try (ScriptedServer server = ScriptedServer.of(silent(closed));
                Httpipe hp = Httpipe.create()) {
            FanOut hasty = FanOut.over(hp).timeout(SHORT.multipliedBy(4));
            TimedOutException e = assertThrows(
                    TimedOutException.class, () -> hasty.hedge(Request.get(server.uri("/")), Duration.ofMillis(10)));
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

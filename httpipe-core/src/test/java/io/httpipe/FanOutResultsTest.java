package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link FanOut#results}: the results of many requests as they arrive. */
@Timeout(60)
class FanOutResultsTest {
    private static final Duration SHORT = Duration.ofMillis(100);

    @Test
    void resultsArriveInTheOrderOfCompletion() throws Exception {
        List<CountDownLatch> turns =
                IntStream.range(0, 4).mapToObj(i -> new CountDownLatch(1)).toList();
        Script inTurn = peer -> {
            String path = FanOutServer.path(peer.head());
            turns.get(Integer.parseInt(path)).await();
            peer.send(FanOutServer.response(path));
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(inTurn);
                Httpipe hp = Httpipe.create()) {
            List<Request> requests = IntStream.range(0, 4)
                    .mapToObj(i -> Request.get(server.uri("/" + i)))
                    .toList();
            try (FanOutResults results = FanOut.over(hp).results(requests)) {
                for (int i : new int[] {2, 0, 3, 1}) {
                    turns.get(i).countDown();
                    assertTrue(results.hasNext());
                    FanOutResults.Result result = results.next();
                    assertEquals(i, result.index());
                    assertSame(requests.get(i), result.request());
                    assertEquals("" + i, result.orThrow().text());
                }
                assertFalse(results.hasNext());
                assertThrows(NoSuchElementException.class, results::next);
            }
        }
    }

    @Test
    void aFailureIsAResultAndDoesNotStopTheOthers() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            List<Request> requests = List.of(server.get("503"), server.get("lost"), server.get("good"));
            StringBuilder story = new StringBuilder();
            try (FanOutResults results = FanOut.over(hp).concurrency(1).results(requests)) {
                while (results.hasNext()) {
                    switch (results.next()) {
                        case FanOutResults.Answered(int index, Request request, Response response) ->
                            story.append("%d %s: %d%n".formatted(index, request.target(), response.status()));
                        case FanOutResults.Failed(int index, Request request, HttpipeException failure) -> {
                            assertInstanceOf(ConnectionLostException.class, failure);
                            story.append("%d %s: lost%n".formatted(index, request.target()));
                        }
                    }
                }
            }
            assertEquals("0 /503: 503%n1 /lost: lost%n2 /good: 200%n".formatted(), story.toString());
        }
    }

    @Test
    void noThreadIsLeftOnceTheLastResultIsTaken() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            List<Request> requests = Collections.nCopies(500, server.recordingThread("x"));
            Set<Integer> indexes = new HashSet<>();
            FanOutResults results = FanOut.over(hp).concurrency(8).results(requests);
            while (results.hasNext()) {
                indexes.add(results.next().index());
            }
            server.assertNothingIsLeft(hp);
            assertEquals(500, indexes.size());
            assertTrue(server.threads.size() <= 8, "threads: " + server.threads.size());
            results.close();
        }
    }

    @Test
    void closingEarlyCancelsTheRest() throws Exception {
        try (FanOutServer server = new FanOutServer(20);
                Httpipe hp = Httpipe.create()) {
            FanOutResults results = FanOut.over(hp).results(server.slowAnd(server.get("quick")));
            assertEquals("quick", results.next().orThrow().text());
            results.close();
            server.assertNothingIsLeft(hp);
            assertFalse(results.hasNext());
            assertThrows(IllegalStateException.class, results::next);
            results.close();
        }
    }

    @Test
    void aSlowConsumerSlowsTheRequestsDown() throws Exception {
        int limit = 4;
        AtomicInteger notTaken = new AtomicInteger();
        AtomicInteger max = new AtomicInteger();
        CountDownLatch full = new CountDownLatch(2 * limit);
        Script counting = peer -> {
            while (peer.nextHead() != null) {
                max.accumulateAndGet(notTaken.incrementAndGet(), Math::max);
                full.countDown();
                peer.send(FanOutServer.response("OK"));
            }
        };
        try (ScriptedServer server = ScriptedServer.of(counting);
                Httpipe hp = Httpipe.create();
                FanOutResults results = FanOut.over(hp)
                        .concurrency(limit)
                        .results(Collections.nCopies(500, Request.get(server.uri("/"))))) {
            full.await();
            while (results.hasNext()) {
                // Decremented before next(), because next() lets another request start.
                notTaken.decrementAndGet();
                results.next();
            }
            assertTrue(max.get() <= 2 * limit, "answered and not taken: " + max.get());
        }
    }

    @Test
    void aDeadlineTurnsTheRemainingResultsIntoFailures() throws Exception {
        try (FanOutServer server = new FanOutServer(2);
                Httpipe hp = Httpipe.create()) {
            FanOut withDeadline = FanOut.over(hp).concurrency(2).timeout(SHORT);
            try (FanOutResults results = withDeadline.results(server.slowAnd(server.get("a"), server.get("b")))) {
                for (int i = 0; i < 4; i++) {
                    FanOutResults.Failed failed = assertInstanceOf(FanOutResults.Failed.class, results.next());
                    assertInstanceOf(TimedOutException.class, failed.failure());
                }
            }
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void anInterruptOfTheConsumerCancelsAllRequests() throws Exception {
        try (FanOutServer server = new FanOutServer(10);
                Httpipe hp = Httpipe.create()) {
            CancelledException e = server.interrupted(() -> {
                FanOutResults results = FanOut.over(hp).results(server.slowAnd());
                try {
                    results.next();
                } finally {
                    assertFalse(results.hasNext(), "it is closed");
                }
            });
            assertEquals(server.get("slow").endpoint(), e.endpoint());
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void anUncheckedExceptionEndsAllRequests() throws Exception {
        try (FanOutServer server = new FanOutServer(5);
                Httpipe hp = Httpipe.create()) {
            Request buggy = server.get("buggy").body(server.bodyAfterSlow(() -> {
                throw new ArithmeticException();
            }));
            FanOutResults results = FanOut.over(hp).results(server.slowAnd(buggy));
            assertThrows(ArithmeticException.class, results::next);
            server.assertNothingIsLeft(hp);
            assertThrows(IllegalStateException.class, results::next);
        }
    }

    @Test
    void aClosedClientRefusesAFanOut() throws Exception {
        Httpipe hp = Httpipe.create();
        hp.close();
        FanOut fanOut = FanOut.over(hp);
        List<Request> requests = List.of(Request.get("http://127.0.0.1:1/"));
        assertThrows(IllegalStateException.class, () -> fanOut.all(requests));
        try (FanOutResults results = fanOut.results(requests)) {
            assertThrows(IllegalStateException.class, results::next);
        }
    }
}

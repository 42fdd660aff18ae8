package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link FanOut#all}: the order of responses, the concurrency limit, and the effect of one failure. */
@Timeout(60)
class FanOutTest {
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final Duration LONG = Duration.ofSeconds(50);

    /** {@return a client that resolves late.test only once all slow requests have arrived} */
    private static Httpipe resolvingLate(FanOutServer server) {
        return Httpipe.builder()
                .resolver(host -> {
                    if (host.equals("late.test")) {
                        try {
                            server.awaitSlow();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    }
                    return List.of(InetAddress.getLoopbackAddress());
                })
                .build();
    }

    @Test
    void responsesAreInTheOrderOfTheirRequestsEvenIfTheyArriveInReverse() throws Exception {
        int count = 8;
        List<CountDownLatch> turns = IntStream.rangeClosed(0, count)
                .mapToObj(i -> new CountDownLatch(1))
                .toList();
        turns.get(count).countDown();
        Script inReverse = peer -> {
            int number = Integer.parseInt(FanOutServer.path(peer.head()));
            turns.get(number + 1).await();
            peer.send(FanOutServer.response("" + number));
            turns.get(number).countDown();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(inReverse);
                Httpipe hp = Httpipe.create()) {
            List<Response> responses = FanOut.over(hp)
                    .all(IntStream.range(0, count)
                            .mapToObj(i -> Request.get(server.uri("/" + i)))
                            .toList());
            assertEquals(
                    List.of("0", "1", "2", "3", "4", "5", "6", "7"),
                    responses.stream().map(Response::text).toList());
            assertThrows(UnsupportedOperationException.class, () -> responses.set(0, responses.get(1)));
        }
    }

    @Test
    void allOfNoRequestsIsAnEmptyList() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            assertEquals(List.of(), FanOut.over(hp).timeout(LONG).all(List.of()));
        }
    }

    @Test
    void invalidArgumentsAreRefused() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            FanOut fanOut = FanOut.over(hp);
            assertThrows(IllegalArgumentException.class, () -> fanOut.concurrency(0));
            assertThrows(IllegalArgumentException.class, () -> fanOut.timeout(Duration.ZERO));
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> fanOut.all(Arrays.asList(Request.get("http://127.0.0.1:1/"), null)));
            assertEquals("requests[1] is null", e.getMessage());
        }
    }

    @Test
    void anErrorStatusIsNotAFailure() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            List<Response> responses = FanOut.over(hp).all(List.of(server.get("500"), server.get("200")));
            assertEquals(
                    List.of(500, 200), responses.stream().map(Response::status).toList());
        }
    }

    @Test
    void requestsInProgressReachTheLimitAndNeverExceedIt() throws Exception {
        int limit = 16;
        AtomicInteger inProgress = new AtomicInteger();
        AtomicInteger max = new AtomicInteger();
        CyclicBarrier together = new CyclicBarrier(limit);
        Script counting = peer -> {
            while (peer.nextHead() != null) {
                max.accumulateAndGet(inProgress.incrementAndGet(), Math::max);
                together.await();
                inProgress.decrementAndGet();
                peer.send(FanOutServer.response("OK"));
            }
        };
        try (ScriptedServer server = ScriptedServer.of(counting);
                Httpipe hp = Httpipe.create()) {
            List<Request> requests = Collections.nCopies(20 * limit, Request.get(server.uri("/")));
            assertEquals(
                    20 * limit, FanOut.over(hp).concurrency(limit).all(requests).size());
            assertEquals(limit, max.get());
            assertTrue(server.connections() <= limit + 1, "connections: " + server.connections());
        }
    }

    @Test
    void tenThousandRequestsUseNoMoreThreadsThanTheLimit() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            List<Response> responses = FanOut.over(hp).all(Collections.nCopies(10_000, server.recordingThread("x")));
            assertEquals(10_000, responses.size());
            assertTrue(server.threads.size() <= 64, "threads: " + server.threads.size());
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void oneRefusedConnectionCancelsTwoHundredSlowSiblings() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                FanOutServer server = new FanOutServer(200);
                Httpipe hp = resolvingLate(server)) {
            FanOut fanOut = FanOut.over(hp).concurrency(1000);
            Request refused = Request.get("http://late.test:%d/".formatted(nobody.port()));
            ConnectFailedException e =
                    assertThrows(ConnectFailedException.class, () -> fanOut.all(server.slowAnd(refused)));
            assertEquals(0, e.getSuppressed().length, "cancellations are not reported");
            server.assertNothingIsLeft(hp);
            assertEquals(List.of(), hp.stats(), "each connection has been closed");
        }
    }

    @Test
    void noRequestIsStartedAfterAFailure() throws Exception {
        Queue<String> startedHosts = new ConcurrentLinkedQueue<>();
        try (FanOutServer server = new FanOutServer(1);
                Httpipe hp = FanOutServer.recordingHosts(startedHosts)) {
            Request[] later = new Request[1000];
            Arrays.fill(later, server.get("later.test", "later"));
            later[0] = server.get("lost.test", "lost");
            FanOut fanOut = FanOut.over(hp).concurrency(2);
            assertThrows(ConnectionLostException.class, () -> fanOut.all(server.slowAnd(later)));
            server.assertNothingIsLeft(hp);
            assertFalse(startedHosts.contains("later.test"), "begun: " + startedHosts);
        }
    }

    @Test
    void aFailureCarriesTheOtherFailuresButNotTheCancellations() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        Script losing = peer -> {
            if (peer.nextHead() != null) {
                writing.await();
            }
        };
        try (ScriptedServer server = ScriptedServer.of(losing);
                Httpipe hp = Httpipe.create()) {
            Request broken = Request.post(server.uri("/broken")).body(Body.writing(1, out -> {
                try {
                    writing.countDown();
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IOException("the disk is gone", e);
                }
            }));
            ConnectionLostException e = assertThrows(
                    ConnectionLostException.class,
                    () -> FanOut.over(hp).all(List.of(broken, Request.get(server.uri("/lost")))));
            assertEquals(1, e.getSuppressed().length);
            RequestBodyException other = assertInstanceOf(RequestBodyException.class, e.getSuppressed()[0]);
            assertEquals("the disk is gone", other.getCause().getMessage());
        }
    }

    @Test
    void anUncheckedExceptionEndsAllRequestsAndIsThrown() throws Exception {
        try (FanOutServer server = new FanOutServer(5);
                Httpipe hp = Httpipe.create()) {
            ArithmeticException bug = new ArithmeticException();
            Request buggy = server.get("buggy").body(server.bodyAfterSlow(() -> {
                throw bug;
            }));
            FanOut fanOut = FanOut.over(hp);
            assertSame(bug, assertThrows(ArithmeticException.class, () -> fanOut.all(server.slowAnd(buggy))));
            server.assertNothingIsLeft(hp);
            assertThrows(IllegalArgumentException.class, () -> fanOut.all(List.of(Request.get("/nowhere"))));
        }
    }

    @Test
    void aDeadlineBoundsTheWholeFanOut() throws Exception {
        try (FanOutServer server = new FanOutServer(3);
                Httpipe hp = Httpipe.create()) {
            TimedOutException e = assertThrows(
                    TimedOutException.class,
                    () -> FanOut.over(hp).timeout(SHORT).concurrency(3).all(server.slowAnd(server.get("x"))));
            assertTrue(e.getMessage().contains("deadline of"), e.getMessage());
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void theAmbientDeadlineOfTheCallerAppliesToo() throws Exception {
        try (FanOutServer server = new FanOutServer(3);
                Httpipe hp = Httpipe.create()) {
            FanOut fanOut = FanOut.over(hp).timeout(LONG);
            assertThrows(TimedOutException.class, () -> Deadline.within(SHORT, () -> fanOut.all(server.slowAnd())));
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void anInterruptOfTheCallerCancelsAllRequests() throws Exception {
        try (FanOutServer server = new FanOutServer(20);
                Httpipe hp = Httpipe.create()) {
            CancelledException e = server.interrupted(() -> FanOut.over(hp).all(server.slowAnd()));
            assertTrue(
                    Set.of(Phase.SEND, Phase.RESPONSE_HEAD).contains(e.phase()),
                    "the exception has the facts of one request: " + e);
            assertEquals(server.get("slow").endpoint(), e.endpoint());
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void anInterruptedCallerStartsNoRequest() throws Exception {
        Queue<String> startedHosts = new ConcurrentLinkedQueue<>();
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = FanOutServer.recordingHosts(startedHosts)) {
            List<Request> requests = Collections.nCopies(100, server.recordingThread("x"));
            Thread.currentThread().interrupt();
            CancelledException e =
                    assertThrows(CancelledException.class, () -> FanOut.over(hp).all(requests));
            assertTrue(Thread.interrupted(), "the flag is set");
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
            assertFalse(e.safeToRetry());
            assertEquals(0, startedHosts.size());
        }
    }

    @Test
    void anInterruptFlagLeftByOneBodyDoesNotCancelTheNextRequest() throws Exception {
        try (FanOutServer server = new FanOutServer(0);
                Httpipe hp = Httpipe.create()) {
            Request selfInterrupting = server.get("a")
                    .body(Body.writing(0, out -> Thread.currentThread().interrupt()));
            try (FanOutResults results =
                    FanOut.over(hp).concurrency(1).results(List.of(selfInterrupting, server.get("b")))) {
                assertThrows(CancelledException.class, () -> results.next().orThrow());
                assertEquals("b", results.next().orThrow().text());
            }
        }
    }
}

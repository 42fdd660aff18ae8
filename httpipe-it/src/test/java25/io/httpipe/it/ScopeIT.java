package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.ConnectFailedException;
import io.httpipe.Deadline;
import io.httpipe.Httpipe;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import io.httpipe.TimedOutException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.FailedException;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.StructuredTaskScope.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Structured concurrency with the API of JDK 25. */
@Timeout(60)
class ScopeIT extends ScopeFixture {
    ScopeIT() throws IOException {}

    private void forkHeld(StructuredTaskScope<? super Response, ?> scope, int count) {
        for (int i = 0; i < count; i++) {
            scope.fork(this::getHeld);
        }
    }

    @Test
    void responsesAreInTheOrderOfTheirSubtasks() throws Exception {
        try (var scope = StructuredTaskScope.open(Joiner.<Response>allSuccessfulOrThrow())) {
            for (int i = 0; i < 90; i++) {
                int status = 200 + i;
                scope.fork(() -> getStatus(status));
            }
            List<Response> responses = scope.join().map(Subtask::get).toList();
            for (int i = 0; i < 90; i++) {
                assertEquals(200 + i, responses.get(i).status());
            }
        }
        assertNothingLeased(hp);
    }

    @Test
    void oneFailedResponseCancels999SlowSiblings() throws Exception {
        try (var scope = StructuredTaskScope.open(Joiner.<Response>allSuccessfulOrThrow())) {
            forkHeld(scope, 999);
            scope.fork(() -> getStatusOnceHeld(999, 500));
            FailedException e = assertThrows(FailedException.class, scope::join);
            assertEquals(500, assertInstanceOf(BadStatusException.class, e.getCause()).status);
        }
        assertSiblingsCancelled(999, 1);
    }

    @Test
    void oneRefusedConnectionCancels999SlowSiblings() throws Exception {
        try (var scope = StructuredTaskScope.open(Joiner.awaitAllSuccessfulOrThrow())) {
            forkHeld(scope, 999);
            scope.fork(() -> {
                server.awaitHeld(999);
                return getRefused();
            });
            FailedException e = assertThrows(FailedException.class, scope::join);
            assertInstanceOf(ConnectFailedException.class, e.getCause());
        }
        assertSiblingsCancelled(999, 0);
    }

    @Test
    void subtasksWaitingForAConnectionAreCancelledToo() throws Exception {
        CountDownLatch allWaiting = new CountDownLatch(1);
        try (Httpipe few = Httpipe.builder().maxConnectionsPerRoute(16).build()) {
            try (var scope = StructuredTaskScope.open()) {
                for (int i = 0; i < 999; i++) {
                    scope.fork(() -> getHeldBy(few));
                }
                scope.fork(() -> {
                    allWaiting.await();
                    return getRefused();
                });
                server.awaitHeld(16);
                while (few.stats().getFirst().waiting() < 999 - 16) {
                    Thread.onSpinWait();
                }
                allWaiting.countDown();
                FailedException e = assertThrows(FailedException.class, scope::join);
                assertInstanceOf(ConnectFailedException.class, e.getCause());
            }
            assertNothingLeased(few);
            assertEquals(0, few.stats().stream().mapToInt(RouteStats::open).sum());
        }
        assertSiblingsCancelled(999, 0);
    }

    @Test
    void theFirstGoodResponseWins() throws Exception {
        try (var scope = StructuredTaskScope.open(Joiner.<Response>anySuccessfulResultOrThrow())) {
            Subtask<Response> bad = scope.fork(() -> getStatus(500));
            forkHeld(scope, 100);
            scope.fork(() -> {
                while (bad.state() == Subtask.State.UNAVAILABLE) {
                    Thread.yield();
                }
                return getStatusOnceHeld(100, 203);
            });
            assertEquals(203, scope.join().status());
            assertEquals(Subtask.State.FAILED, bad.state());
        }
        assertAllCancelled(100, hp.stats().getFirst().idle());
    }

    @Test
    void aFailingOuterScopeCancelsTheCallsOfAnInnerScope() throws Exception {
        AtomicBoolean innerSucceeded = new AtomicBoolean();
        try (var outer = StructuredTaskScope.open()) {
            outer.fork(() -> {
                try (var inner = StructuredTaskScope.open(Joiner.<Response>allSuccessfulOrThrow())) {
                    forkHeld(inner, 100);
                    inner.join();
                    innerSucceeded.set(true);
                    return null;
                }
            });
            outer.fork(() -> getStatusOnceHeld(100, 500));
            FailedException e = assertThrows(FailedException.class, outer::join);
            assertInstanceOf(BadStatusException.class, e.getCause());
        }
        assertFalse(innerSucceeded.get());
        assertAllCancelled(100, 1);
    }

    @Test
    void aFailingInnerScopeDoesNotCancelTheOuterScope() throws Exception {
        try (var outer = StructuredTaskScope.open()) {
            CountDownLatch innerEnded = new CountDownLatch(1);
            Subtask<Response> other = outer.fork(() -> {
                innerEnded.await();
                return getStatus(201);
            });
            Subtask<Response> withFallback = outer.fork(() -> {
                try (var inner = StructuredTaskScope.open(Joiner.<Response>allSuccessfulOrThrow())) {
                    forkHeld(inner, 100);
                    inner.fork(() -> getStatusOnceHeld(100, 500));
                    inner.join();
                    throw new AssertionError("the inner scope must fail");
                } catch (FailedException e) {
                    return getStatus(202);
                } finally {
                    innerEnded.countDown();
                }
            });
            outer.join();
            assertEquals(201, other.get().status());
            assertEquals(202, withFallback.get().status());
        }
        assertAllCancelled(100, hp.stats().getFirst().idle());
    }

    @Test
    void theTimeoutOfAScopeCancelsUnfinishedCalls() throws Exception {
        try (var scope = StructuredTaskScope.open(
                Joiner.<Response>allSuccessfulOrThrow(), with -> with.withTimeout(Duration.ofMillis(300)))) {
            forkHeld(scope, 100);
            assertThrows(TimeoutException.class, scope::join);
        }
        assertStartedOnesCancelled(0);
    }

    @Test
    void aDeadlineAroundAScopeAppliesToItsSubtasks() throws Exception {
        FailedException e = assertThrows(
                FailedException.class,
                () -> Deadline.within(Duration.ofMillis(300), () -> {
                    try (var scope = StructuredTaskScope.open(Joiner.<Response>allSuccessfulOrThrow())) {
                        for (int i = 0; i < 100; i++) {
                            scope.fork(() -> hp.get(server.uri("/held")));
                        }
                        return scope.join();
                    }
                }));
        TimedOutException timedOut = assertInstanceOf(TimedOutException.class, e.getCause());
        assertTrue(timedOut.getMessage().contains("deadline of "), timedOut.getMessage());
        assertStartedOnesCancelled(0);
    }
}

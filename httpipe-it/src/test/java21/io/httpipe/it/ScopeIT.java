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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.ShutdownOnFailure;
import java.util.concurrent.StructuredTaskScope.ShutdownOnSuccess;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Structured concurrency with the API of JDK 21. */
@Timeout(60)
class ScopeIT extends ScopeFixture {
    ScopeIT() throws IOException {}

    private void forkHeld(StructuredTaskScope<? super Response> scope, int count) {
        for (int i = 0; i < count; i++) {
            scope.fork(this::getHeld);
        }
    }

    @Test
    void responsesAreInTheOrderOfTheirSubtasks() throws Exception {
        try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
            List<Subtask<Response>> subtasks = new ArrayList<>();
            for (int i = 0; i < 90; i++) {
                int status = 200 + i;
                subtasks.add(scope.fork(() -> getStatus(status)));
            }
            scope.join().throwIfFailed();
            for (int i = 0; i < 90; i++) {
                assertEquals(200 + i, subtasks.get(i).get().status());
            }
        }
        assertNothingLeased(hp);
    }

    @Test
    void oneFailedResponseCancels999SlowSiblings() throws Exception {
        try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
            forkHeld(scope, 999);
            scope.fork(() -> getStatusOnceHeld(999, 500));
            scope.join();
            ExecutionException e = assertThrows(ExecutionException.class, scope::throwIfFailed);
            assertEquals(500, assertInstanceOf(BadStatusException.class, e.getCause()).status);
        }
        assertSiblingsCancelled(999, 1);
    }

    @Test
    void oneRefusedConnectionCancels999SlowSiblings() throws Exception {
        try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
            forkHeld(scope, 999);
            scope.fork(() -> {
                server.awaitHeld(999);
                return getRefused();
            });
            scope.join();
            ExecutionException e = assertThrows(ExecutionException.class, scope::throwIfFailed);
            assertInstanceOf(ConnectFailedException.class, e.getCause());
        }
        assertSiblingsCancelled(999, 0);
    }

    @Test
    void subtasksWaitingForAConnectionAreCancelledToo() throws Exception {
        CountDownLatch allWaiting = new CountDownLatch(1);
        try (Httpipe few = Httpipe.builder().maxConnectionsPerRoute(16).build()) {
            try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
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
                scope.join();
                ExecutionException e = assertThrows(ExecutionException.class, scope::throwIfFailed);
                assertInstanceOf(ConnectFailedException.class, e.getCause());
            }
            assertNothingLeased(few);
            assertEquals(0, few.stats().stream().mapToInt(RouteStats::open).sum());
        }
        assertSiblingsCancelled(999, 0);
    }

    @Test
    void theFirstGoodResponseWins() throws Exception {
        try (ShutdownOnSuccess<Response> scope = new ShutdownOnSuccess<>()) {
            Subtask<Response> bad = scope.fork(() -> getStatus(500));
            forkHeld(scope, 100);
            scope.fork(() -> {
                while (bad.state() == Subtask.State.UNAVAILABLE) {
                    Thread.yield();
                }
                return getStatusOnceHeld(100, 203);
            });
            assertEquals(203, scope.join().result().status());
            assertEquals(Subtask.State.FAILED, bad.state());
        }
        assertAllCancelled(100, hp.stats().getFirst().idle());
    }

    @Test
    void aFailingOuterScopeCancelsTheCallsOfAnInnerScope() throws Exception {
        AtomicBoolean innerSucceeded = new AtomicBoolean();
        try (ShutdownOnFailure outer = new ShutdownOnFailure()) {
            outer.fork(() -> {
                try (ShutdownOnFailure inner = new ShutdownOnFailure()) {
                    forkHeld(inner, 100);
                    inner.join().throwIfFailed();
                    innerSucceeded.set(true);
                    return null;
                }
            });
            outer.fork(() -> getStatusOnceHeld(100, 500));
            outer.join();
            ExecutionException e = assertThrows(ExecutionException.class, outer::throwIfFailed);
            assertInstanceOf(BadStatusException.class, e.getCause());
        }
        assertFalse(innerSucceeded.get());
        assertAllCancelled(100, 1);
    }

    @Test
    void aFailingInnerScopeDoesNotCancelTheOuterScope() throws Exception {
        try (ShutdownOnFailure outer = new ShutdownOnFailure()) {
            CountDownLatch innerEnded = new CountDownLatch(1);
            Subtask<Response> other = outer.fork(() -> {
                innerEnded.await();
                return getStatus(201);
            });
            Subtask<Response> withFallback = outer.fork(() -> {
                try (ShutdownOnFailure inner = new ShutdownOnFailure()) {
                    forkHeld(inner, 100);
                    inner.fork(() -> getStatusOnceHeld(100, 500));
                    inner.join().throwIfFailed();
                    throw new AssertionError("the inner scope must fail");
                } catch (ExecutionException e) {
                    return getStatus(202);
                } finally {
                    innerEnded.countDown();
                }
            });
            outer.join().throwIfFailed();
            assertEquals(201, other.get().status());
            assertEquals(202, withFallback.get().status());
        }
        assertAllCancelled(100, hp.stats().getFirst().idle());
    }

    @Test
    void joinUntilCancelsUnfinishedCalls() throws Exception {
        try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
            forkHeld(scope, 100);
            server.awaitHeld(100);
            assertThrows(
                    TimeoutException.class, () -> scope.joinUntil(Instant.now().plusMillis(50)));
        }
        assertAllCancelled(100, 0);
    }

    @Test
    void aDeadlineAroundAScopeAppliesToItsSubtasks() throws Exception {
        ExecutionException e = assertThrows(
                ExecutionException.class,
                () -> Deadline.within(Duration.ofMillis(300), () -> {
                    try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
                        for (int i = 0; i < 100; i++) {
                            scope.fork(() -> hp.get(server.uri("/held")));
                        }
                        scope.join().throwIfFailed();
                        return "all answered";
                    }
                }));
        TimedOutException timedOut = assertInstanceOf(TimedOutException.class, e.getCause());
        assertTrue(timedOut.getMessage().contains("deadline of "), timedOut.getMessage());
        assertStartedOnesCancelled(0);
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link Deadline#within} bounds all calls inside the scope, also on virtual threads that are started inside. */
@Timeout(30)
class AmbientDeadlineTest {
    private static final Duration SHORT = Duration.ofMillis(60);

    /** Enough time to send the request, even on a busy machine. */
    private static final Duration MEDIUM = Duration.ofSeconds(1);

    private static final Duration LONG = Duration.ofSeconds(25);

    @Test
    void deadlineBoundsACallOnTheSameThread() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> Deadline.within(MEDIUM, () -> hp.get(silent.uri("/"))));
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
        }
    }

    @Test
    void threadsStartedInsideInheritTheDeadline() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            ExecutionException e = assertThrows(
                    ExecutionException.class,
                    () -> Deadline.within(SHORT, () -> {
                        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                            Future<Response> call = threads.submit(() -> hp.get(silent.uri("/")));
                            return call.get();
                        }
                    }));
            assertInstanceOf(TimedOutException.class, e.getCause());
        }
    }

    @Test
    void theEarlierDeadlineWinsInEitherNestingOrder() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            assertThrows(
                    TimedOutException.class,
                    () -> Deadline.within(SHORT, () -> Deadline.within(LONG, () -> hp.get(silent.uri("/")))));
            assertThrows(
                    TimedOutException.class,
                    () -> Deadline.within(
                            LONG, () -> hp.request(Request.get(silent.uri("/")).timeout(SHORT))));
        }
    }

    @Test
    void theEarlierOfScopeAndClientDeadlineWins() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                Httpipe longTimeout = Httpipe.builder().timeout(LONG).build();
                Httpipe shortTimeout = Httpipe.builder().timeout(SHORT).build()) {
            assertThrows(TimedOutException.class, () -> Deadline.within(SHORT, () -> longTimeout.get(silent.uri("/"))));
            assertThrows(TimedOutException.class, () -> Deadline.within(LONG, () -> shortTimeout.get(silent.uri("/"))));
        }
    }

    @Test
    void deadlineBoundsEachStepOfAnExchangeOpenedInside() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Deadline.within(MEDIUM, () -> {
                Exchange exchange = hp.connect(Servers.endpoint(silent));
                exchange.setTimeout(LONG);
                exchange.sendRequest(Request.get("/"));
                assertEquals(
                        TimedOutException.Limit.DEADLINE,
                        assertThrows(TimedOutException.class, exchange::read).limit());
                assertEquals(
                        TimedOutException.Limit.DEADLINE,
                        assertThrows(TimedOutException.class, () -> hp.connect(Servers.endpoint(silent)))
                                .limit());
                return null;
            });
        }
    }

    @Test
    void theDeadlineEndsWithItsScope() {
        assertTrue(Deadline.within(SHORT, () -> Deadline.current().remaining().compareTo(SHORT) <= 0));
        assertEquals(Deadline.NONE, Deadline.current());
    }
}

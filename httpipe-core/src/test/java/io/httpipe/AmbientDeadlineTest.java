package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A deadline around a piece of code bounds the calls inside, in whichever thread. */
@Timeout(30)
class AmbientDeadlineTest {
    private static final Duration SHORT = Duration.ofMillis(60);

    /** Long enough for what comes before the wait, even on a busy machine. */
    private static final Duration ENOUGH = Duration.ofSeconds(1);

    private static final Duration LONG = Duration.ofSeconds(25);

    @Test
    void boundsACallOfThePresentThread() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> Deadline.within(ENOUGH, () -> hp.get(silent.uri("/"))));
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
        }
    }

    @Test
    void isInheritedByThreadsThatAreStartedInside() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
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
    void theTighterOneWinsHoweverTheyAreNested() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
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
    void theTighterOfItAndTheClientsOwnWins() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                Httpipe patient = Httpipe.builder().timeout(LONG).build();
                Httpipe hasty = Httpipe.builder().timeout(SHORT).build()) {
            assertThrows(TimedOutException.class, () -> Deadline.within(SHORT, () -> patient.get(silent.uri("/"))));
            assertThrows(TimedOutException.class, () -> Deadline.within(LONG, () -> hasty.get(silent.uri("/"))));
        }
    }

    @Test
    void boundsEachStepOfAnExchangeThatBeginsInside() throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Deadline.within(ENOUGH, () -> {
                Exchange exchange = hp.connect(silent.endpoint());
                exchange.setTimeout(LONG);
                exchange.sendRequest(Request.get("/"));
                assertEquals(
                        TimedOutException.Limit.DEADLINE,
                        assertThrows(TimedOutException.class, exchange::read).limit());
                assertEquals(
                        TimedOutException.Limit.DEADLINE,
                        assertThrows(TimedOutException.class, () -> hp.connect(silent.endpoint()))
                                .limit());
                return null;
            });
        }
    }

    @Test
    void isGoneWhenTheWorkIsOver() {
        assertTrue(Deadline.within(SHORT, () -> Deadline.ambient().remaining().compareTo(SHORT) <= 0));
        assertEquals(Deadline.NONE, Deadline.ambient());
    }
}

package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.CancelledException;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.FaultKind;
import io.httpipe.test.server.Faults;
import io.httpipe.test.server.InjectedFault;
import io.httpipe.test.server.InjectedFault.Direction;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChaosTest {
    private static final Duration FOREVER = Duration.ofHours(1);

    private ScriptedServer server;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.answering(request -> Answer.of(200, "0123456789"));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static Chaos chaos(FaultKind kind, Direction direction, long atByte, Duration pause) {
        return Chaos.of(Faults.exactly(new InjectedFault(kind, 0, direction, atByte, pause)));
    }

    private static Httpipe client(Chaos chaos) {
        return Httpipe.builder().intercept(chaos).build();
    }

    private Request get() {
        return Request.get(server.uri("/"));
    }

    private <E extends HttpipeException> E failure(Class<E> type, Chaos chaos, Request request) {
        try (Httpipe hp = client(chaos)) {
            E failure = assertThrows(type, () -> hp.request(request));
            assertEquals(1, chaos.injected().size(), chaos.toString());
            assertEquals(request.endpoint(), failure.endpoint());
            return failure;
        }
    }

    @Test
    void aRefusedConnectionReachesNoServer() {
        Chaos chaos = chaos(FaultKind.REFUSE, Direction.REQUEST, 0, Duration.ZERO);
        ConnectFailedException failure = failure(ConnectFailedException.class, chaos, get().method("POST"));
        assertTrue(failure.safeToRetry());
        assertEquals(Phase.CONNECT, failure.phase());
        assertEquals(0, server.connections());
    }

    @Test
    void aLostRequestIsSafeToRetryIfItIsIdempotent() {
        for (FaultKind kind : new FaultKind[] {FaultKind.CUT, FaultKind.RESET}) {
            assertTrue(failure(ConnectionLostException.class, chaos(kind, Direction.REQUEST, 0, Duration.ZERO), get())
                    .safeToRetry());
            assertFalse(failure(
                            ConnectionLostException.class,
                            chaos(kind, Direction.REQUEST, 0, Duration.ZERO),
                            get().method("POST"))
                    .safeToRetry());
        }
    }

    @Test
    void aCutBodyHasExactlyTheBytesBefore() throws Exception {
        Chaos chaos = chaos(FaultKind.CUT, Direction.RESPONSE, 4, Duration.ZERO);
        try (Httpipe hp = client(chaos);
                StreamedResponse response = hp.stream(get())) {
            assertEquals(10, response.body().length());
            assertEquals("0123", new String(response.body().readNBytes(4)));
            ConnectionLostException failure = assertThrows(
                    ConnectionLostException.class, () -> response.body().read());
            assertEquals(Phase.RESPONSE_BODY, failure.phase());
            assertEquals("0123456789", hp.get(server.uri("/")).text(), "the next call has no fault");
        }
        assertEquals(2, server.connections(), "the connection was closed");
    }

    @Test
    void aShorterBodyIsCutAtItsEnd() {
        failure(ConnectionLostException.class, chaos(FaultKind.RESET, Direction.RESPONSE, 999, Duration.ZERO), get());
    }

    @Test
    void delaysAndSlowBytesLoseNothing() throws Exception {
        for (Direction direction : Direction.values()) {
            for (FaultKind kind : new FaultKind[] {FaultKind.DELAY, FaultKind.SLOW}) {
                Chaos chaos = chaos(kind, direction, 3, Duration.ofMillis(5));
                try (Httpipe hp = client(chaos)) {
                    assertEquals("0123456789", hp.request(get()).text());
                    assertEquals(1, chaos.injected().size());
                }
            }
        }
    }

    @Test
    void aStallIsAReadTimeout() {
        for (Direction direction : Direction.values()) {
            Chaos chaos = chaos(FaultKind.STALL, direction, 3, Duration.ZERO).stalls(Duration.ofMillis(5));
            assertEquals(
                    TimedOutException.Limit.READ,
                    failure(TimedOutException.class, chaos, get()).limit());
        }
    }

    @Test
    void theDeadlineEndsEachWait() {
        for (Direction direction : Direction.values()) {
            for (FaultKind kind : new FaultKind[] {FaultKind.DELAY, FaultKind.STALL}) {
                Chaos chaos = chaos(kind, direction, 3, FOREVER).stalls(FOREVER);
                TimedOutException failure =
                        failure(TimedOutException.class, chaos, get().timeout(Duration.ofSeconds(1)));
                assertEquals(TimedOutException.Limit.DEADLINE, failure.limit(), kind + " " + direction);
                assertTrue(failure.safeToRetry(), kind + " " + direction);
            }
        }
    }

    @Test
    void anInterruptEndsEachWait() {
        for (Direction direction : Direction.values()) {
            for (FaultKind kind : new FaultKind[] {FaultKind.DELAY, FaultKind.STALL}) {
                Chaos chaos = chaos(kind, direction, 0, FOREVER).stalls(FOREVER);
                try (Httpipe hp = client(chaos);
                        StreamedResponse opened = direction == Direction.RESPONSE ? open(hp) : null) {
                    Thread.currentThread().interrupt();
                    CancelledException failure = assertThrows(CancelledException.class, () -> {
                        if (opened == null) {
                            hp.request(get());
                        } else {
                            opened.body().read();
                        }
                    });
                    assertEquals(CancelledException.Reason.INTERRUPT, failure.reason());
                    assertTrue(Thread.interrupted(), "the flag stays set");
                }
            }
        }
    }

    private StreamedResponse open(Httpipe hp) {
        try {
            return hp.stream(get());
        } catch (HttpipeException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closeEndsTheWaitOfAnotherThread() throws Exception {
        Chaos chaos = chaos(FaultKind.DELAY, Direction.RESPONSE, 0, FOREVER);
        try (Httpipe hp = client(chaos)) {
            StreamedResponse response = open(hp);
            AtomicReference<Exception> failure = new AtomicReference<>();
            CountDownLatch begins = new CountDownLatch(1);
            Thread reader = Thread.ofPlatform().start(() -> {
                begins.countDown();
                try {
                    response.body().read();
                } catch (IOException e) {
                    failure.set(e);
                }
            });
            begins.await();
            while (chaos.injected().isEmpty()) {
                Thread.onSpinWait();
            }
            response.close();
            reader.join();
            assertEquals(
                    CancelledException.Reason.RESPONSE_CLOSED,
                    assertThrows(CancelledException.class, () -> {
                                throw failure.get();
                            })
                            .reason());
        }
    }

    @Test
    void theSameSeedGivesTheSameFaults() throws Exception {
        List<String> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            Chaos chaos = Chaos.of(Faults.random(5).rate(0.4).delays(Duration.ofMillis(2)))
                    .stalls(Duration.ofMillis(1));
            StringBuilder outcomes = new StringBuilder();
            try (Httpipe hp = client(chaos)) {
                for (int call = 0; call < 60; call++) {
                    try {
                        assertEquals("0123456789", hp.get(server.uri("/")).text());
                        outcomes.append("ok ");
                    } catch (HttpipeException e) {
                        outcomes.append(e.getClass().getSimpleName()).append(' ');
                    }
                }
            }
            assertEquals(60, chaos.calls());
            runs.add(outcomes.append(chaos).toString());
        }
        assertEquals(runs.get(0), runs.get(1));
        assertTrue(runs.get(0).contains("ConnectFailedException"), runs.get(0));
        assertTrue(runs.get(0).contains("ConnectionLostException"), runs.get(0));
        assertTrue(runs.get(0).contains("TimedOutException"), runs.get(0));
        assertTrue(runs.get(0).contains("Faults.random(5).rate(0.4)"), runs.get(0));
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An interrupt ends a call at each blocking point, closes its connection and leaves the interrupt flag set. The test
 * prints how fast the calls return. {@code -Dcancel.repetitions=50} prints this for each point.
 */
@Timeout(60)
class CancelTest {
    private static final int REPETITIONS = Integer.getInteger("cancel.repetitions", 1);

    /** Far longer than needed, even on a busy machine, and far shorter than any timeout of the client. */
    private static final long AT_ONCE = TimeUnit.SECONDS.toNanos(4);

    private static final Map<String, Collection<Long>> FIGURES = new ConcurrentSkipListMap<>();

    /** The timer thread, and threads that other tests may have left behind. */
    private static int threadsBefore;

    static Stream<Arguments> points() {
        return Arrays.stream(Transports.values())
                .flatMap(transport ->
                        BlockingPoint.over(transport).stream().map(point -> Arguments.of(point, transport)));
    }

    @ParameterizedTest
    @MethodSource("points")
    void anInterruptEndsACallAtEachBlockingPoint(BlockingPoint point, Transports transport) throws Exception {
        for (int i = 0; i < REPETITIONS; i++) {
            for (Threads threads : Threads.values()) {
                try (HeldCall hold = new HeldCall(point, transport, UnaryOperator.identity())) {
                    hold.begin(threads, UnaryOperator.identity());
                    hold.awaitHeld();
                    long nanos = hold.interrupt();
                    if (point.phase == null) {
                        hold.assertNoFailure();
                    } else {
                        CancelledException e = hold.failure(CancelledException.class);
                        assertTrue(e.getMessage().startsWith("cancelled by an interrupt while "), e.getMessage());
                    }
                    assertTrue(hold.flagged(), "the flag is left set");
                    assertTrue(nanos < AT_ONCE, () -> "it took " + nanos / 1_000_000 + " ms");
                    hold.assertNothingIsLeft();
                    if (nanos >= 0) {
                        FIGURES.computeIfAbsent(
                                        "%-20s %-4s %-8s".formatted(point, transport, threads),
                                        key -> new ConcurrentLinkedQueue<>())
                                .add(nanos);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aThreadInterruptedBeforeTheCallSendsNothing(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = transport.client().build()) {
            Request get = Transports.request("GET", server);
            hp.request(get);
            for (Threads threads : Threads.values()) {
                CancelledException e = threads.call(() -> {
                    Thread.currentThread().interrupt();
                    CancelledException cancelled = assertThrows(CancelledException.class, () -> hp.request(get));
                    assertTrue(Thread.currentThread().isInterrupted());
                    return cancelled;
                });
                assertEquals(0, e.bytesSent());
            }
            assertEquals(1, hp.request(get).reusedTimes(), "the idle connection was left alone");
            assertEquals(2, server.heads().size());
        }
    }

    @BeforeAll
    static void countThreads() throws Exception {
        threadsBefore = Math.max(1, Threads.named("httpipe-").size());
    }

    @AfterAll
    static void assertThatNoThreadIsLeft() throws Exception {
        List<String> left = Threads.named("httpipe-");
        for (long end = System.nanoTime() + AT_ONCE; left.size() > threadsBefore && System.nanoTime() < end; ) {
            left = Threads.named("httpipe-");
        }
        assertTrue(left.size() <= threadsBefore, left::toString);
    }

    @AfterAll
    static void printFigures() {
        long[] all = FIGURES.values().stream()
                .flatMap(Collection::stream)
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        System.out.printf("interrupted calls came back: %s%n", summary(all));
        if (REPETITIONS >= 10) {
            FIGURES.forEach((point, figures) -> System.out.printf(
                    "  %s %s%n",
                    point,
                    summary(figures.stream().mapToLong(Long::longValue).sorted().toArray())));
        }
    }

    private static String summary(long[] sorted) {
        return "median %.2f ms, max %.2f ms (of %d)"
                .formatted(sorted[sorted.length / 2] / 1e6, sorted[sorted.length - 1] / 1e6, sorted.length);
    }
}

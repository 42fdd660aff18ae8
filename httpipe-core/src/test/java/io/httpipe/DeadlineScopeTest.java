package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests on which threads a deadline scope applies, and until when. */
@Timeout(60)
class DeadlineScopeTest {
    private static final Duration SHORT = Duration.ofMillis(60);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** Pools whose threads outlive their tasks. */
    enum PoolKind {
        FIXED(() -> Executors.newFixedThreadPool(1)),
        CACHED(Executors::newCachedThreadPool),
        SINGLE(Executors::newSingleThreadExecutor),
        SCHEDULED(() -> Executors.newScheduledThreadPool(1)),
        FORK_JOIN(() -> new ForkJoinPool(1)),
        WORK_STEALING(() -> Executors.newWorkStealingPool(1)),
        VIRTUAL(() -> Executors.newFixedThreadPool(1, Thread.ofVirtual().factory()));

        final Supplier<ExecutorService> maker;

        PoolKind(Supplier<ExecutorService> maker) {
            this.maker = maker;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPoolThreadCreatedInsideMakesLaterCallsWithoutTheDeadline(PoolKind pool) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create();
                ExecutorService threads = pool.maker.get()) {
            AtomicReference<Thread> poolThread = new AtomicReference<>();
            AtomicReference<Deadline> scopeDeadline = new AtomicReference<>();
            Deadline.within(SHORT, () -> {
                scopeDeadline.set(Deadline.current());
                return threads.submit(() -> poolThread.set(Thread.currentThread()))
                        .get();
            });
            while (!scopeDeadline.get().isExpired()) {
                Thread.onSpinWait();
            }
            Callable<Response> call = () -> {
                assertEquals(poolThread.get(), Thread.currentThread());
                return hp.get(server.uri("/"));
            };
            for (int i = 0; i < 2; i++) {
                while (poolThread.get().getState() == Thread.State.RUNNABLE) {
                    // A cached pool uses another thread if this one is not yet idle.
                    Thread.onSpinWait();
                }
                assertEquals("OK", threads.submit(call).get().text());
            }
        }
    }

    /** A pool thread may run unrelated tasks, even while the scope is still open. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "VIRTUAL")
    void aPlatformPoolThreadCreatedInsideNeverHasTheDeadline(PoolKind pool) throws Exception {
        try (ExecutorService threads = pool.maker.get()) {
            Deadline.within(LONG, () -> {
                assertEquals(Deadline.NONE, threads.submit(Deadline::current).get());
                return null;
            });
        }
    }

    @Test
    void aVirtualThreadStartedByAPlatformThreadCreatedInsideDoesNotHaveTheDeadline() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Deadline.within(LONG, () -> {
                assertEquals(
                        Deadline.NONE,
                        threads.submit(() -> Threads.VIRTUAL.call(Deadline::current))
                                .get());
                return null;
            });
        }
    }

    @Test
    void virtualThreadsInheritTheDeadlineThroughAnyNumberOfVirtualThreads() throws Exception {
        Deadline.within(LONG, () -> {
            Deadline outer = Deadline.current();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Callable<Deadline> nested = () -> threads.submit(() -> Threads.VIRTUAL.call(Deadline::current))
                        .get();
                assertEquals(outer, threads.submit(nested).get());
                assertEquals(outer, Threads.VIRTUAL.call(nested));
            }
            return null;
        });
    }

    @Test
    void aVirtualThreadThatInheritsNoThreadLocalsDoesNotHaveTheDeadline() throws Exception {
        FutureTask<Deadline> seen = new FutureTask<>(Deadline::current);
        Deadline.runWithin(
                LONG,
                () -> Thread.ofVirtual().inheritInheritableThreadLocals(false).start(seen));
        assertEquals(Deadline.NONE, seen.get());
    }

    /** A virtual thread that runs tasks one after another. */
    private static final class TaskThread implements AutoCloseable {
        private final ExecutorService thread =
                Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());

        <T> T run(Callable<T> task) throws Exception {
            return thread.submit(task).get();
        }

        Deadline ambient() throws Exception {
            return run(Deadline::current);
        }

        @Override
        public void close() {
            thread.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aVirtualThreadThatOutlivesTheScopeNoLongerHasTheDeadline(Threads caller) throws Exception {
        try (TaskThread taskThread = new TaskThread()) {
            caller.call(() -> Deadline.within(LONG, () -> {
                assertEquals(Deadline.current(), taskThread.ambient());
                return null;
            }));
            assertEquals(Deadline.NONE, taskThread.ambient());
            assertEquals(Deadline.NONE, taskThread.run(() -> Threads.VIRTUAL.call(Deadline::current)));
        }
    }

    @Test
    void aVirtualThreadThatOutlivesTheInnerScopeHasTheOuterDeadlineUntilTheOuterScopeEnds() throws Exception {
        try (TaskThread taskThread = new TaskThread()) {
            Deadline.within(LONG, () -> {
                Deadline outer = Deadline.current();
                Deadline.within(Duration.ofMinutes(1), () -> {
                    Deadline.within(Duration.ofSeconds(30), () -> {
                        assertEquals(Deadline.current(), taskThread.ambient());
                        return null;
                    });
                    assertEquals(Deadline.current(), taskThread.ambient());
                    assertNotSame(outer, taskThread.ambient());
                    return null;
                });
                assertEquals(outer, taskThread.ambient());
                return null;
            });
            assertEquals(Deadline.NONE, taskThread.ambient());
        }
    }

    @Test
    void aVirtualThreadKeepsItsOwnDeadlineWhenTheInheritedScopeEnds() throws Exception {
        try (TaskThread taskThread = new TaskThread()) {
            Signal begun = new Signal();
            Signal scopeEnded = new Signal();
            FutureTask<Deadline> before = new FutureTask<>(Deadline::current);
            FutureTask<Deadline> after = new FutureTask<>(Deadline::current);
            FutureTask<Deadline> inherited = new FutureTask<>(Deadline::current);
            FutureTask<Deadline> outside = new FutureTask<>(() -> {
                Deadline.within(Duration.ofMinutes(5), () -> {
                    before.run();
                    begun.set();
                    scopeEnded.await();
                    after.run();
                    Thread.ofVirtual().start(inherited).join();
                    return null;
                });
                return Deadline.current();
            });
            Deadline.within(LONG, () -> {
                taskThread.thread.execute(outside);
                begun.await();
                return null;
            });
            scopeEnded.set();
            assertEquals(Deadline.NONE, outside.get());
            assertEquals(before.get(), after.get());
            assertEquals(before.get(), inherited.get());
            assertTrue(before.get().remaining().compareTo(Duration.ofMinutes(5)) <= 0);
        }
    }

    @Test
    void aPlatformThreadCreatedInsideCanSetItsOwnDeadline() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Deadline.within(SHORT, () -> {
                Callable<Deadline> own = () -> Deadline.within(LONG, () -> Threads.VIRTUAL.call(Deadline::current));
                Deadline inside = threads.submit(own).get();
                assertTrue(inside.remaining().compareTo(SHORT) > 0, inside.toString());
                assertEquals(Deadline.NONE, threads.submit(Deadline::current).get());
                return null;
            });
        }
    }

    @Test
    void aFanOutStartedInsideKeepsTheDeadlineForAllItsRequests() throws Exception {
        try (FanOutServer server = new FanOutServer(3);
                Httpipe hp = Httpipe.create()) {
            try (FanOutResults results = Deadline.within(
                    SHORT, () -> FanOut.over(hp).concurrency(1).results(server.slowAnd(server.get("slow"))))) {
                while (results.hasNext()) {
                    FanOutResults.Result result = results.next();
                    assertInstanceOf(TimedOutException.class, assertThrows(IOException.class, result::orThrow));
                }
            }
            server.assertNothingIsLeft(hp);
        }
    }

    @Test
    void aFanOutOnAPoolThreadCreatedInsideDoesNotHaveTheDeadline() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create();
                ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Deadline.within(SHORT, () -> {
                Deadline scopeDeadline = Deadline.current();
                threads.submit(() -> {}).get();
                while (!scopeDeadline.isExpired()) {
                    Thread.onSpinWait();
                }
                List<Request> requests = List.of(Request.get(server.uri("/")));
                assertEquals(
                        1,
                        threads.submit(() -> FanOut.over(hp).all(requests))
                                .get()
                                .size());
                return null;
            });
        }
    }

    /** Another thread of the same kind as the caller reads the source. */
    @ParameterizedTest
    @EnumSource(Threads.class)
    void theBodySourceRunsUnderTheDeadlineOfItsCall(Threads kind) throws Exception {
        AtomicReference<Deadline> seen = new AtomicReference<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.body(2);
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            InputStream source = new InputStream() {
                private int left = 2;

                @Override
                public int read() {
                    seen.set(Deadline.current());
                    return left-- > 0 ? 'x' : -1;
                }
            };
            kind.call(() -> Deadline.within(LONG, () -> {
                Request request = Request.post(server.uri("/")).body(Body.of(source, 2));
                assertEquals(200, hp.request(request).status());
                assertEquals(Deadline.current(), seen.get());
                return null;
            }));
        }
    }

    @Test
    void runWithinThrowsOnlyTheExceptionTypeOfItsAction() {
        AtomicInteger ran = new AtomicInteger();
        // These must compile without casts, type arguments, return statements or try.
        Deadline.runWithin(LONG, () -> ran.incrementAndGet());
        Deadline.runWithin(LONG, ran::incrementAndGet);
        Deadline.runWithin(LONG, () -> {
            ran.set(ran.get() + 1);
        });
        assertEquals(3, ran.get());
        IOException failure = new IOException("made up");
        assertSame(failure, assertThrows(IOException.class, () -> throwsWhatItRuns(failure)));
        assertEquals(Deadline.NONE, Deadline.current());
    }

    /** Compiles only if the type of the exception is inferred. */
    private static void throwsWhatItRuns(IOException failure) throws IOException {
        Deadline.runWithin(LONG, () -> {
            assertTrue(Deadline.current().remaining().compareTo(Duration.ofMinutes(9)) > 0);
            throw failure;
        });
    }

    /** Compiles only if the type of the exception is inferred. */
    private static int returnsWhatItReads(InputStream in) throws IOException {
        int first = Deadline.within(LONG, () -> in.read());
        return first + Deadline.within(LONG, in::read);
    }

    @Test
    void withinThrowsOnlyTheExceptionTypeOfItsWork() throws IOException {
        try (SilentStream in = new SilentStream(2)) {
            assertTrue(returnsWhatItReads(in) >= 0);
        }
        int five = Deadline.within(LONG, () -> 5);
        String text = Deadline.within(LONG, this::toString);
        assertEquals(5, five);
        assertEquals(toString(), text);
    }

    @Test
    void callWithinRunsUnderTheDeadlineAndMayReturnNull() throws Exception {
        Callable<Deadline> existing = Deadline::current;
        assertTrue(Deadline.callWithin(SHORT, existing).remaining().compareTo(SHORT) <= 0);
        assertNull(Deadline.<@Nullable Object>callWithin(SHORT, () -> null));
        Exception failure = new Exception("made up");
        assertSame(
                failure,
                assertThrows(
                        Exception.class,
                        () -> Deadline.callWithin(SHORT, () -> {
                            throw failure;
                        })));
        assertEquals(Deadline.NONE, Deadline.current());
    }

    @Test
    void nullArgumentsAreRefused() {
        assertEquals("action is null", refusal(() -> Deadline.runWithin(SHORT, null)));
        assertEquals("duration is null", refusal(() -> Deadline.runWithin(null, () -> {})));
        assertEquals("task is null", refusal(() -> callUnchecked(SHORT, null)));
        assertEquals("duration: PT0S is not positive", refusal(() -> callUnchecked(Duration.ZERO, () -> 1)));
    }

    private static void callUnchecked(Duration duration, Callable<?> task) {
        try {
            Deadline.callWithin(duration, task);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String refusal(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }

    /** A pool thread is created once, by one task, and then serves many others. */
    @Test
    void aCallOnAPoolThreadIgnoresTheDeadlineOfTheThreadThatCreatedIt() throws Exception {
        Signal answer = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    answer.await();
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            FutureTask<Response> call = new FutureTask<>(() -> hp.get(server.uri("/")));
            assertThrows(
                    TimedOutException.class,
                    () -> Deadline.within(SHORT, () -> {
                        threads.execute(call);
                        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose)) {
                            return hp.get(silent.uri("/"));
                        }
                    }));
            answer.set();
            assertEquals("OK", call.get(20, TimeUnit.SECONDS).text());
        }
    }
}

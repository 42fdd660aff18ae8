package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
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

/** In which threads a deadline around a piece of code applies, and until when. */
@Timeout(60)
class DeadlineScopeTest {
    private static final Duration SHORT = Duration.ofMillis(60);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** Pools whose threads live on when the task is done. */
    enum Pool {
        FIXED(() -> Executors.newFixedThreadPool(1)),
        CACHED(Executors::newCachedThreadPool),
        SINGLE(Executors::newSingleThreadExecutor),
        SCHEDULED(() -> Executors.newScheduledThreadPool(1)),
        FORK_JOIN(() -> new ForkJoinPool(1)),
        WORK_STEALING(() -> Executors.newWorkStealingPool(1)),
        VIRTUAL(() -> Executors.newFixedThreadPool(1, Thread.ofVirtual().factory()));

        final Supplier<ExecutorService> maker;

        Pool(Supplier<ExecutorService> maker) {
            this.maker = maker;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPoolsThreadThatWasBornInsideMakesLaterCallsWithoutTheDeadline(Pool pool) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create();
                ExecutorService threads = pool.maker.get()) {
            AtomicReference<Thread> born = new AtomicReference<>();
            AtomicReference<Deadline> past = new AtomicReference<>();
            Deadline.within(SHORT, () -> {
                past.set(Deadline.ambient());
                return threads.submit(() -> born.set(Thread.currentThread())).get();
            });
            while (!past.get().isExpired()) {
                Thread.onSpinWait();
            }
            Callable<Response> call = () -> {
                assertEquals(born.get(), Thread.currentThread());
                return hp.get(server.uri("/"));
            };
            for (int i = 0; i < 2; i++) {
                while (born.get().getState() == Thread.State.RUNNABLE) {
                    // A cached pool has another thread where this one does not yet wait for work.
                    Thread.onSpinWait();
                }
                assertEquals("OK", threads.submit(call).get().text());
            }
        }
    }

    /** What a pool's thread does may be somebody else's work, in the middle of it too. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "VIRTUAL")
    void aPoolsPlatformThreadThatWasBornInsideNeverHasTheDeadline(Pool pool) throws Exception {
        try (ExecutorService threads = pool.maker.get()) {
            Deadline.within(LONG, () -> {
                assertEquals(Deadline.NONE, threads.submit(Deadline::ambient).get());
                return null;
            });
        }
    }

    @Test
    void aVirtualThreadStartedByAPlatformThreadThatWasBornInsideDoesNotHaveTheDeadline() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Deadline.within(LONG, () -> {
                assertEquals(
                        Deadline.NONE,
                        threads.submit(() -> Threads.VIRTUAL.call(Deadline::ambient))
                                .get());
                return null;
            });
        }
    }

    @Test
    void virtualThreadsHaveTheDeadlineHoweverManyOthersStartedThem() throws Exception {
        Deadline.within(LONG, () -> {
            Deadline outer = Deadline.ambient();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Callable<Deadline> nested = () -> threads.submit(() -> Threads.VIRTUAL.call(Deadline::ambient))
                        .get();
                assertEquals(outer, threads.submit(nested).get());
                assertEquals(outer, Threads.VIRTUAL.call(nested));
            }
            return null;
        });
    }

    @Test
    void aVirtualThreadThatInheritsNoThreadLocalsDoesNotHaveTheDeadline() throws Exception {
        FutureTask<Deadline> seen = new FutureTask<>(Deadline::ambient);
        Deadline.runWithin(
                LONG,
                () -> Thread.ofVirtual().inheritInheritableThreadLocals(false).start(seen));
        assertEquals(Deadline.NONE, seen.get());
    }

    /** A virtual thread that says what deadline it has as often as it is asked. */
    private static final class Asked implements AutoCloseable {
        private final ExecutorService thread =
                Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());

        <T> T does(Callable<T> task) throws Exception {
            return thread.submit(task).get();
        }

        Deadline ambient() throws Exception {
            return does(Deadline::ambient);
        }

        @Override
        public void close() {
            thread.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Threads.class)
    void aVirtualThreadThatOutlivesTheCodeNoLongerHasTheDeadline(Threads caller) throws Exception {
        try (Asked asked = new Asked()) {
            caller.call(() -> Deadline.within(LONG, () -> {
                assertEquals(Deadline.ambient(), asked.ambient());
                return null;
            }));
            assertEquals(Deadline.NONE, asked.ambient());
            assertEquals(Deadline.NONE, asked.does(() -> Threads.VIRTUAL.call(Deadline::ambient)));
        }
    }

    @Test
    void aVirtualThreadThatOutlivesTheInnerCodeHasTheOuterDeadlineUntilThatIsOverToo() throws Exception {
        try (Asked asked = new Asked()) {
            Deadline.within(LONG, () -> {
                Deadline outer = Deadline.ambient();
                Deadline.within(Duration.ofMinutes(1), () -> {
                    Deadline.within(Duration.ofSeconds(30), () -> {
                        assertEquals(Deadline.ambient(), asked.ambient());
                        return null;
                    });
                    assertEquals(Deadline.ambient(), asked.ambient());
                    assertNotSame(outer, asked.ambient());
                    return null;
                });
                assertEquals(outer, asked.ambient());
                return null;
            });
            assertEquals(Deadline.NONE, asked.ambient());
        }
    }

    @Test
    void aVirtualThreadKeepsTheDeadlineThatItHasSetItselfWhenTheInheritedOneIsOver() throws Exception {
        try (Asked asked = new Asked()) {
            Signal begun = new Signal();
            Signal over = new Signal();
            FutureTask<Deadline> before = new FutureTask<>(Deadline::ambient);
            FutureTask<Deadline> after = new FutureTask<>(Deadline::ambient);
            FutureTask<Deadline> inherited = new FutureTask<>(Deadline::ambient);
            FutureTask<Deadline> outside = new FutureTask<>(() -> {
                Deadline.within(Duration.ofMinutes(5), () -> {
                    before.run();
                    begun.set();
                    over.await();
                    after.run();
                    Thread.ofVirtual().start(inherited).join();
                    return null;
                });
                return Deadline.ambient();
            });
            Deadline.within(LONG, () -> {
                asked.thread.execute(outside);
                begun.await();
                return null;
            });
            over.set();
            assertEquals(Deadline.NONE, outside.get());
            assertEquals(before.get(), after.get());
            assertEquals(before.get(), inherited.get());
            assertTrue(before.get().remaining().compareTo(Duration.ofMinutes(5)) <= 0);
        }
    }

    @Test
    void aPlatformThreadThatWasBornInsideMaySetADeadlineOfItsOwn() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Deadline.within(SHORT, () -> {
                Callable<Deadline> own = () -> Deadline.within(LONG, () -> Threads.VIRTUAL.call(Deadline::ambient));
                Deadline inside = threads.submit(own).get();
                assertTrue(inside.remaining().compareTo(SHORT) > 0, inside.toString());
                assertEquals(Deadline.NONE, threads.submit(Deadline::ambient).get());
                return null;
            });
        }
    }

    @Test
    void aFanOutThatBeginsInsideKeepsTheDeadlineForAllItsRequests() throws Exception {
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
    void aFanOutOnAPoolsThreadThatWasBornInsideDoesNotHaveTheDeadline() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create();
                ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Deadline.within(SHORT, () -> {
                Deadline past = Deadline.ambient();
                threads.submit(() -> {}).get();
                while (!past.isExpired()) {
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

    /** It is read on a thread beside the caller's, of the same kind. */
    @ParameterizedTest
    @EnumSource(Threads.class)
    void theSourceOfABodyHasTheDeadlineOfTheCallThatSendsIt(Threads kind) throws Exception {
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
                    seen.set(Deadline.ambient());
                    return left-- > 0 ? 'x' : -1;
                }
            };
            kind.call(() -> Deadline.within(LONG, () -> {
                Request request = Request.post(server.uri("/")).body(Body.of(source, 2));
                assertEquals(200, hp.request(request).status());
                assertEquals(Deadline.ambient(), seen.get());
                return null;
            }));
        }
    }

    @Test
    void codeThatReturnsNothingThrowsWhatItThrowsAndNothingElse() {
        AtomicInteger ran = new AtomicInteger();
        // None of these needs a cast, a type argument or a return; the ones without assertThrows need no try.
        Deadline.runWithin(LONG, () -> ran.incrementAndGet());
        Deadline.runWithin(LONG, ran::incrementAndGet);
        Deadline.runWithin(LONG, () -> {
            ran.set(ran.get() + 1);
        });
        assertEquals(3, ran.get());
        IOException failure = new IOException("made up");
        assertSame(failure, assertThrows(IOException.class, () -> throwsWhatItRuns(failure)));
        assertEquals(Deadline.NONE, Deadline.ambient());
    }

    /** Compiles only if the type of the exception is inferred. */
    private static void throwsWhatItRuns(IOException failure) throws IOException {
        Deadline.runWithin(LONG, () -> {
            assertTrue(Deadline.ambient().remaining().compareTo(Duration.ofMinutes(9)) > 0);
            throw failure;
        });
    }

    /** Compiles only if the type of the exception is inferred. */
    private static int returnsWhatItReads(InputStream in) throws IOException {
        int first = Deadline.within(LONG, () -> in.read());
        return first + Deadline.within(LONG, in::read);
    }

    @Test
    void codeThatReturnsSomethingThrowsWhatItThrowsAndNothingElse() throws IOException {
        try (SilentStream in = new SilentStream(2)) {
            assertTrue(returnsWhatItReads(in) >= 0);
        }
        int five = Deadline.within(LONG, () -> 5);
        String text = Deadline.within(LONG, this::toString);
        assertEquals(5, five);
        assertEquals(toString(), text);
    }

    @Test
    void aCallableRunsUnderTheDeadlineAndMayGiveNothing() throws Exception {
        Callable<Deadline> existing = Deadline::ambient;
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
        assertEquals(Deadline.NONE, Deadline.ambient());
    }

    @Test
    void refusesWhatIsMissing() {
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

    private static String refusal(Runnable doing) {
        return assertThrows(IllegalArgumentException.class, doing::run).getMessage();
    }

    /** The thread of a pool that serves a whole company is born once, and then serves it for years. */
    @Test
    void aCallOfAPoolsThreadEndsAtNoDeadlineOfTheOneThatHadItBorn() throws Exception {
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
                        try (ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose)) {
                            return hp.get(silent.uri("/"));
                        }
                    }));
            answer.set();
            assertEquals("OK", call.get(20, TimeUnit.SECONDS).text());
        }
    }
}

package io.httpipe.internal.policy;

import static io.httpipe.internal.policy.AuthSetup.timeouts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.pool.ClientClosedException;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One fetch of a token serves all calls that wait for it. */
class TokenCacheTest {
    private static final int CALLS = 200;
    private static final long SECOND = 1_000_000_000;

    private final Waits waits = new Waits();
    private final AtomicInteger fetches = new AtomicInteger();
    private final AtomicLong clock = new AtomicLong();

    /** Set when the first fetch has begun. */
    private final Signal begun = new Signal();

    private final Signal mayEnd = new Signal();

    private TokenCache cache(TokenFetcher source) {
        return new TokenCache(
                () -> {
                    fetches.incrementAndGet();
                    return source.fetch();
                },
                clock::get);
    }

    private BearerToken token() {
        return new BearerToken("t" + fetches, NanoClock.NEVER);
    }

    /** Returns a cache whose first fetch waits for {@link #mayEnd} and then ends like {@code end}. */
    private TokenCache slowAtFirst(TokenFetcher end) {
        return cache(() -> {
            if (fetches.get() > 1) {
                return token();
            }
            begun.set();
            mayEnd.await();
            return end.fetch();
        });
    }

    private final class Call extends FutureTask<Answer> {
        final Thread thread;

        Call(TokenCache cache, CallTimeouts timeouts) {
            super(() -> cache.answer(null, timeouts, waits));
            thread = Thread.ofVirtual().start(this);
        }

        Answer end() throws Exception {
            return get(20, TimeUnit.SECONDS);
        }

        Throwable failure() {
            return assertThrows(ExecutionException.class, this::end).getCause();
        }
    }

    private Call leader(TokenCache cache) {
        Call leader = new Call(cache, timeouts());
        begun.await();
        return leader;
    }

    private List<Call> waiting(TokenCache cache, int count) {
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            calls.add(new Call(cache, timeouts()));
        }
        calls.forEach(call -> Threads.awaitWaiting(call.thread, "TokenFetch.await"));
        return calls;
    }

    @Test
    void oneFetchServesAllWaitingCalls() throws Exception {
        TokenCache cache = slowAtFirst(this::token);
        Call leader = leader(cache);
        List<Call> others = waiting(cache, CALLS);
        mayEnd.set();
        assertEquals("Bearer t1", leader.end().value());
        for (Call other : others) {
            assertSame(leader.end(), other.end());
        }
        assertSame(leader.end(), cache.answer(null, timeouts(), waits), "kept for later calls");
        assertEquals(1, fetches.get());
    }

    @Test
    void aFailureReachesTheWaitingCallsOnly() throws Exception {
        IOException failure = new IOException("no login");
        TokenCache cache = slowAtFirst(() -> {
            throw failure;
        });
        Call leader = leader(cache);
        List<Call> others = waiting(cache, CALLS);
        mayEnd.set();
        TokenFailedException first = assertInstanceOf(TokenFailedException.class, leader.failure());
        assertSame(failure, first.source());
        for (Call other : others) {
            TokenFailedException own = assertInstanceOf(TokenFailedException.class, other.failure());
            assertSame(failure, own.source());
            assertNotSame(first, own);
        }
        assertEquals(1, fetches.get());
        assertEquals("Bearer t2", cache.answer(null, timeouts(), waits).value());
    }

    @Test
    void anUncheckedExceptionStaysAsItIsOnItsOwnThread() throws Exception {
        RuntimeException failure = new IllegalStateException("bug");
        TokenCache cache = slowAtFirst(() -> {
            throw failure;
        });
        Call leader = leader(cache);
        Call other = waiting(cache, 1).getFirst();
        mayEnd.set();
        assertSame(failure, leader.failure());
        assertSame(
                failure,
                assertInstanceOf(TokenFailedException.class, other.failure())
                        .source()
                        .getCause());
        assertEquals("Bearer t2", cache.answer(null, timeouts(), waits).value());
    }

    @Test
    void anErrorLetsAnotherCallFetch() throws Exception {
        Error failure = new StackOverflowError();
        TokenCache cache = slowAtFirst(() -> {
            throw failure;
        });
        Call leader = leader(cache);
        Call other = waiting(cache, 1).getFirst();
        mayEnd.set();
        assertSame(failure, leader.failure());
        assertEquals("Bearer t2", other.end().value());
    }

    @Test
    void ifTheFetchingCallIsInterruptedAnotherOneFetches() throws Exception {
        TokenCache cache = cache(() -> {
            if (fetches.get() > 1) {
                return token();
            }
            begun.set();
            try {
                new CountDownLatch(1).await();
                throw new AssertionError();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        });
        Call leader = leader(cache);
        List<Call> others = waiting(cache, CALLS);
        leader.thread.interrupt();
        ClosedByInterruptException end = assertInstanceOf(ClosedByInterruptException.class, leader.failure());
        assertInstanceOf(InterruptedIOException.class, end.getCause());
        for (Call other : others) {
            assertEquals("Bearer t2", other.end().value());
        }
        assertEquals(2, fetches.get());
    }

    @Test
    void ifTheFetchingCallReachesItsDeadlineAnotherOneFetches() throws Exception {
        CallTimeouts timeouts = timeouts();
        IOException late = new IOException("late");
        TokenCache cache = slowAtFirst(() -> {
            timeouts.tighten(NanoClock.now());
            throw late;
        });
        Call leader = new Call(cache, timeouts);
        begun.await();
        List<Call> others = waiting(cache, 5);
        mayEnd.set();
        ExpiredException end = assertInstanceOf(ExpiredException.class, leader.failure());
        assertSame(late, end.getSuppressed()[0]);
        for (Call other : others) {
            assertEquals("Bearer t2", other.end().value());
        }
        assertEquals(2, fetches.get());
    }

    @Test
    void aWaitingCallEndsByItselfAndTheFetchGoesOn() throws Exception {
        TokenCache cache = slowAtFirst(this::token);
        Call leader = leader(cache);
        Call late = new Call(cache, timeouts(NanoClock.now() + SECOND / 100));
        assertInstanceOf(ExpiredException.class, late.failure());
        Call interrupted = waiting(cache, 1).getFirst();
        interrupted.thread.interrupt();
        assertInstanceOf(ClosedByInterruptException.class, interrupted.failure());
        Call closed = waiting(cache, 1).getFirst();
        waits.close();
        assertInstanceOf(ClientClosedException.class, closed.failure());
        mayEnd.set();
        assertEquals("Bearer t1", leader.end().value());
        assertEquals(1, fetches.get());
    }

    @Test
    void aSourceThatNeedsItsOwnTokenIsAnErrorAndNoDeadlock() throws Exception {
        TokenCache[] cache = new TokenCache[1];
        cache[0] = cache(() -> {
            cache[0].answer(null, timeouts(), waits);
            return token();
        });
        IllegalStateException e = assertThrows(
                IllegalStateException.class,
                () -> Threads.VIRTUAL.call(() -> cache[0].answer(null, timeouts(), waits)));
        assertTrue(String.valueOf(e.getMessage()).contains("a client without these credentials"), e.getMessage());
        assertEquals(1, fetches.get());
    }

    /** Times in seconds: the lifetime, and the first time at which another token is fetched. */
    @ParameterizedTest
    @CsvSource({"3600, 3570", "300, 270", "100, 90", "10, 9", "0, 0"})
    void aTokenIsReplacedALittleBeforeItExpires(long lifetime, long replacedAt) throws Exception {
        clock.set(5 * SECOND);
        TokenCache cache = cache(() -> new BearerToken("t" + fetches, lifetime * SECOND));
        String first = cache.answer(null, timeouts(), waits).value();
        clock.addAndGet(replacedAt * SECOND - 1);
        if (replacedAt > 0) {
            assertEquals(first, cache.answer(null, timeouts(), waits).value());
        }
        clock.addAndGet(1);
        assertEquals("Bearer t2", cache.answer(null, timeouts(), waits).value());
    }

    @Test
    void aTokenWithoutALifetimeIsKeptForEver() throws Exception {
        TokenCache cache = cache(this::token);
        cache.answer(null, timeouts(), waits);
        clock.set(NanoClock.NEVER);
        assertEquals("Bearer t1", cache.answer(null, timeouts(), waits).value());
    }

    @Test
    void onlyTheRefusedTokenIsReplaced() throws Exception {
        TokenCache cache = cache(this::token);
        Answer first = cache.answer(null, timeouts(), waits);
        assertEquals("Bearer t2", cache.answer(first, timeouts(), waits).value());
        assertEquals("Bearer t2", cache.answer(first, timeouts(), waits).value());
        assertEquals(2, fetches.get());
    }

    @Test
    void theSourceRunsUnderTheDeadlineOfTheCall() throws Exception {
        long deadline = NanoClock.now() + 3600 * SECOND;
        long[] seen = new long[1];
        TokenCache cache = cache(() -> {
            seen[0] = Deadlines.current();
            return token();
        });
        cache.answer(null, timeouts(deadline), waits);
        assertEquals(deadline, seen[0]);
        assertEquals(NanoClock.NEVER, Deadlines.current());
    }

    @Test
    void noFetchBeginsAfterTheDeadline() {
        TokenCache cache = cache(this::token);
        assertThrows(ExpiredException.class, () -> cache.answer(null, timeouts(NanoClock.now()), waits));
        assertEquals(0, fetches.get());
    }
}

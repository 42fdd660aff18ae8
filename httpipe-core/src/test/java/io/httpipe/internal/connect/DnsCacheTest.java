package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The cache reads {@link #clock}. In nanoseconds of this clock, answers are kept for 100, unknown hosts for 10, and
 * stale answers for 50 more.
 */
@Timeout(60)
class DnsCacheTest {
    private static final DnsCache.Times TIMES = new DnsCache.Times(100, 10, 50, 3);

    /** A time limit in the past, so that no thread can wait for a lookup. */
    private static final long AT_ONCE = 0;

    private final AtomicLong clock = new AtomicLong(1_000);
    private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    private final CallTimeouts timeouts = unlimited();

    private volatile Resolver source = host -> List.of(address(1));
    private final DnsCache cache = new DnsCache(
            host -> {
                asked.add(host);
                return source.resolve(host);
            },
            TIMES,
            clock::get,
            null);

    private static CallTimeouts unlimited() {
        return new CallTimeouts(
                new CallTimeouts.Limits(NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER),
                0,
                NanoClock.NEVER);
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private List<InetAddress> find(String host) throws IOException {
        return cache.resolveBy(host, NanoClock.NEVER, timeouts);
    }

    private List<InetAddress> findAtOnce(String host) throws IOException {
        return cache.resolveBy(host, AT_ONCE, timeouts);
    }

    /** Waits for lookups in the background. */
    private void awaitAsked(int count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (asked.size() < count) {
            assertTrue(System.nanoTime() < end, () -> "only asked for " + asked);
            Thread.yield();
        }
    }

    private void awaitFound(String host, InetAddress address) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!findAtOnce(host).equals(List.of(address))) {
            assertTrue(System.nanoTime() < end, "the new address does not appear");
            Thread.yield();
        }
    }

    @Test
    void anAnswerIsKeptForItsTimeAndNeedsNoWait() throws Exception {
        assertEquals(List.of(address(1)), find("a.test"));
        source = host -> List.of(address(2));
        clock.addAndGet(99);
        assertEquals(List.of(address(1)), findAtOnce("a.test"));
        assertEquals(1, asked.size());
        clock.addAndGet(51);
        assertEquals(List.of(address(2)), find("a.test"), "neither fresh nor stale");
        assertEquals(2, asked.size());
    }

    @Test
    void anUnknownHostIsKeptForAShorterTime() throws Exception {
        source = host -> {
            throw new UnknownHostException(host);
        };
        assertThrows(UnknownHostException.class, () -> find("a.test"));
        clock.addAndGet(9);
        assertThrows(UnknownHostException.class, () -> findAtOnce("a.test"));
        assertEquals(1, asked.size());
        source = host -> List.of();
        clock.addAndGet(1);
        assertThrows(UnknownHostException.class, () -> find("a.test"), "no address is the same");
        assertThrows(UnknownHostException.class, () -> findAtOnce("a.test"));
        assertEquals(2, asked.size());
        source = host -> List.of(address(1));
        clock.addAndGet(10);
        assertEquals(List.of(address(1)), find("a.test"));
    }

    @Test
    void aStaleAnswerIsUsedWhileOneThreadRefreshesIt() throws Exception {
        find("a.test");
        Signal answer = new Signal();
        source = host -> {
            answer.await();
            return List.of(address(2));
        };
        clock.addAndGet(149);
        for (int i = 0; i < 5; i++) {
            assertEquals(List.of(address(1)), findAtOnce("a.test"));
        }
        awaitAsked(2);
        answer.set();
        awaitFound("a.test", address(2));
        assertEquals(2, asked.size());
    }

    @Test
    void aFailedRefreshLeavesTheOldAnswerUntilItsEnd() throws Exception {
        find("a.test");
        source = host -> {
            throw new UnknownHostException(host);
        };
        clock.addAndGet(110);
        assertEquals(List.of(address(1)), findAtOnce("a.test"));
        awaitAsked(2);
        awaitNoLookup();
        clock.addAndGet(9);
        assertEquals(List.of(address(1)), findAtOnce("a.test"));
        assertEquals(2, asked.size(), "not asked again so soon");
        clock.addAndGet(1);
        assertEquals(List.of(address(1)), findAtOnce("a.test"));
        awaitAsked(3);
        awaitNoLookup();
        clock.addAndGet(30);
        assertThrows(UnknownHostException.class, () -> find("a.test"));
    }

    private static void awaitNoLookup() throws IOException {
        Threads.awaitNone("httpipe-resolve-a.test");
    }

    @ParameterizedTest
    @EnumSource
    void threadsThatNeedTheSameLookupShareItWithinTheirOwnTime(Threads threads) throws Exception {
        Signal answer = new Signal();
        source = host -> {
            answer.await();
            return List.of(address(1));
        };
        List<FutureTask<List<InetAddress>>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(new FutureTask<>(() -> find("a.test")));
            Threads.awaitWaiting(threads.start(waiting.getLast()), "DnsCache.await");
        }
        assertThrows(ExpiredException.class, () -> threads.call(() -> findAtOnce("a.test")));

        FutureTask<Boolean> interrupted = new FutureTask<>(() -> {
            assertThrows(ClosedByInterruptException.class, () -> find("a.test"));
            return Thread.currentThread().isInterrupted();
        });
        Thread caller = threads.start(interrupted);
        Threads.awaitWaiting(caller, "DnsCache.await");
        caller.interrupt();
        assertTrue(interrupted.get(20, TimeUnit.SECONDS), "the flag is left set");

        CallTimeouts own = unlimited();
        FutureTask<ClosedChannelException> aborted = new FutureTask<>(() ->
                assertThrows(ClosedChannelException.class, () -> cache.resolveBy("a.test", NanoClock.NEVER, own)));
        Threads.awaitWaiting(threads.start(aborted), "DnsCache.await");
        own.abortOpening();
        aborted.get(20, TimeUnit.SECONDS);

        answer.set();
        for (FutureTask<List<InetAddress>> each : waiting) {
            assertEquals(List.of(address(1)), each.get(20, TimeUnit.SECONDS));
        }
        assertEquals(List.of("a.test"), List.copyOf(asked));
    }

    @Test
    void aLookupThatNobodyWaitsForAnyMoreFillsTheCache() throws Exception {
        Signal answer = new Signal();
        source = host -> {
            answer.await();
            return List.of(address(1));
        };
        assertThrows(ExpiredException.class, () -> findAtOnce("a.test"));
        answer.set();
        assertEquals(List.of(address(1)), find("a.test"));
        assertEquals(1, asked.size());
    }

    /** One lookup may run at a time, and a slow one is running. */
    @Test
    void aLookupThatWaitsForItsTurnNeverBeginsOnceNobodyWantsIt() throws Exception {
        Signal answer = new Signal();
        source = host -> {
            if (host.equals("slow.test")) {
                answer.await();
            }
            return List.of(address(1));
        };
        Semaphore slots = new Semaphore(1);
        DnsCache limited = new DnsCache(
                host -> {
                    asked.add(host);
                    return source.resolve(host);
                },
                TIMES,
                clock::get,
                slots);
        Callable<List<InetAddress>> stale = () -> limited.resolveBy("stale.test", NanoClock.NEVER, unlimited());
        assertEquals(List.of(address(1)), Threads.VIRTUAL.call(stale));
        FutureTask<List<InetAddress>> slow =
                new FutureTask<>(() -> limited.resolveBy("slow.test", NanoClock.NEVER, unlimited()));
        Threads.VIRTUAL.start(slow);
        awaitAsked(2);
        for (String host : List.of("late.test", "interrupted.test", "aborted.test", "wanted.test")) {
            assertThrows(
                    ExpiredException.class,
                    () -> Threads.VIRTUAL.call(() -> limited.resolveBy(host, AT_ONCE, unlimited())));
        }
        FutureTask<?> interrupted = new FutureTask<>(() -> assertThrows(
                ClosedByInterruptException.class,
                () -> limited.resolveBy("interrupted.test", NanoClock.NEVER, unlimited())));
        Thread caller = Threads.VIRTUAL.start(interrupted);
        Threads.awaitWaiting(caller, "DnsCache.await");
        caller.interrupt();
        interrupted.get(20, TimeUnit.SECONDS);
        CallTimeouts own = unlimited();
        FutureTask<?> aborted = new FutureTask<>(() -> assertThrows(
                ClosedChannelException.class, () -> limited.resolveBy("aborted.test", NanoClock.NEVER, own)));
        Threads.awaitWaiting(Threads.VIRTUAL.start(aborted), "DnsCache.await");
        own.abortOpening();
        aborted.get(20, TimeUnit.SECONDS);
        FutureTask<List<InetAddress>> wanted =
                new FutureTask<>(() -> limited.resolveBy("wanted.test", NanoClock.NEVER, unlimited()));
        Threads.awaitWaiting(Threads.VIRTUAL.start(wanted), "DnsCache.await");
        clock.addAndGet(100);
        assertEquals(List.of(address(1)), Threads.VIRTUAL.call(stale));

        answer.set();
        assertEquals(List.of(address(1)), slow.get(20, TimeUnit.SECONDS));
        assertEquals(List.of(address(1)), wanted.get(20, TimeUnit.SECONDS));
        awaitAsked(4);
        Threads.awaitNone("httpipe-resolve-");
        assertEquals(
                List.of("slow.test", "stale.test", "stale.test", "wanted.test"),
                asked.stream().sorted().toList(),
                "a refresh is always wanted");
        assertEquals(1, slots.availablePermits());
        assertEquals(
                List.of(address(1)),
                Threads.VIRTUAL.call(() -> limited.resolveBy("late.test", NanoClock.NEVER, unlimited())),
                "a lookup that was dropped does not stand in the way of another one");
    }

    @Test
    void aLookupThatIsStuckIsGivenUp() throws Exception {
        Signal over = new Signal();
        source = host -> {
            over.await();
            return List.of(address(1));
        };
        assertThrows(ExpiredException.class, () -> findAtOnce("a.test"));
        awaitAsked(1);
        source = host -> List.of(address(2));
        clock.addAndGet(DnsCache.STUCK_NANOS - 1);
        assertThrows(ExpiredException.class, () -> findAtOnce("a.test"));
        clock.addAndGet(1);
        assertEquals(List.of(address(2)), find("a.test"));
        over.set();
    }

    @Test
    void aResolverThatFailsIsAskedAgain() throws Exception {
        source = host -> {
            throw new IllegalStateException("no name server");
        };
        IOException e = assertThrows(IOException.class, () -> find("a.test"));
        assertEquals("the resolver failed for a.test", e.getMessage());
        assertInstanceOf(IllegalStateException.class, e.getCause());
        source = host -> List.of(address(1));
        assertEquals(List.of(address(1)), find("a.test"));
    }

    @Test
    void ofTooManyHostsTheOneWhoseAnswerEndsFirstIsForgotten() throws Exception {
        for (int i = 0; i < 10; i++) {
            find(i + ".test");
            clock.incrementAndGet();
        }
        Signal end = new Signal();
        source = host -> {
            end.await();
            return List.of(address(1));
        };
        int kept = 0;
        for (int i = 9; i >= 0; i--) {
            try {
                findAtOnce(i + ".test");
                kept++;
            } catch (ExpiredException e) {
                break;
            }
        }
        end.set();
        assertEquals(TIMES.hosts(), kept, "the newest ones");
    }

    @Test
    void aLiteralIsNotLookedUp() throws Exception {
        assertEquals(List.of(address(7)), findAtOnce("10.0.0.7"));
        assertEquals(0, asked.size());
    }

    @Test
    void theAnswerIsACopy() throws Exception {
        List<InetAddress> mutable = new ArrayList<>(List.of(address(1)));
        source = host -> mutable;
        find("a.test");
        mutable.clear();
        assertEquals(List.of(address(1)), findAtOnce("a.test"));
    }
}

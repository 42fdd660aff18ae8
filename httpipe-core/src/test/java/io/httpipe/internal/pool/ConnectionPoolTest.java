package io.httpipe.internal.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Transport;
import io.httpipe.testing.CutTransport;
import io.httpipe.testing.FixedSeed;
import java.io.IOException;
import java.io.Serial;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pool: failed checks and closes, and platform threads that acquire and release connections as fast as they can. */
@Timeout(60)
class ConnectionPoolTest {
    private static final int CALLS = 5_000;
    private static final long SECOND = 1_000_000_000;
    private static final CallTimeouts.Limits TIMEOUTS = new CallTimeouts.Limits(20 * SECOND, SECOND, SECOND, SECOND);

    private final Queue<Transport> dialed = new ConcurrentLinkedQueue<>();
    private final Route route = new Route(InetSocketAddress.createUnresolved("server", 80), null, null);

    private ConnectionPool pool(int maxConnectionsPerRoute, int maxIdlePerRoute) {
        return pool(maxConnectionsPerRoute, maxIdlePerRoute, CutTransport::ordinary);
    }

    private ConnectionPool pool(int maxConnectionsPerRoute, int maxIdlePerRoute, Supplier<Transport> transports) {
        return pool(
                new PoolLimits(
                        maxConnectionsPerRoute,
                        maxConnectionsPerRoute,
                        maxIdlePerRoute,
                        maxIdlePerRoute,
                        60 * SECOND,
                        NanoClock.NEVER),
                transports);
    }

    private ConnectionPool pool(PoolLimits limits, Supplier<Transport> transports) {
        Dialer dialer = CutTransport.dialer(() -> {
            Transport transport = transports.get();
            dialed.add(transport);
            return transport;
        });
        return new ConnectionPool(dialer, limits);
    }

    private PooledConnection acquire(ConnectionPool pool) throws IOException {
        return acquire(pool, ReusePolicy.CHECKED);
    }

    private PooledConnection acquire(ConnectionPool pool, ReusePolicy reuse) throws IOException {
        return pool.acquire(route, new CallTimeouts(TIMEOUTS, NanoClock.now(), NanoClock.NEVER), reuse, "a test");
    }

    /** A call that needs a new connection may have to close the only idle one of its route. */
    @Test
    void aRouteIsKeptWhenItsOnlyConnectionIsReplacedByANewOne() throws Exception {
        PoolLimits oneConnection = new PoolLimits(Integer.MAX_VALUE, 1, 1, 1, 60 * SECOND, NanoClock.NEVER);
        ConnectionPool pool = pool(oneConnection, CutTransport::ordinary);
        pool.release(acquire(pool));
        PooledConnection fresh = acquire(pool, ReusePolicy.NONE);
        assertEquals(1, pool.snapshot().getFirst().leased());
        pool.release(fresh);
        assertEquals(1, acquire(pool).reusedTimes());
        pool.close(0);
        assertTrue(dialed.stream().noneMatch(Transport::isOpen));
    }

    @Test
    void aFailedCheckDropsTheConnectionButKeepsItsSlot() throws Exception {
        ConnectionPool pool = pool(1, 1, () -> new CutTransport(new byte[0], CutTransport.End.OPEN) {
            @Override
            public int readNow(ByteBuffer into) {
                throw new StackOverflowError("injected");
            }
        });
        pool.release(acquire(pool));
        assertEquals(0, acquire(pool).reusedTimes());
        assertEquals(2, dialed.size());
        pool.close(0);
    }

    @Test
    void aConnectionIsClosedEvenIfItsOrderlyCloseFails() throws Exception {
        ConnectionPool pool = pool(2, 2, () -> new CutTransport(new byte[0], CutTransport.End.OPEN) {
            @Override
            public void closeInOrder() {
                throw new StackOverflowError("injected");
            }
        });
        PooledConnection first = acquire(pool);
        pool.release(acquire(pool));
        pool.release(first);
        pool.close(SECOND);
        assertEquals(2, dialed.size());
        assertTrue(dialed.stream().noneMatch(Transport::isOpen));
        assertTrue(pool.isClosed());
    }

    /** An address that records which locks are held by the thread that compares it. */
    private static final class LockRecordingAddress extends SocketAddress {
        @Serial
        private static final long serialVersionUID = 1;

        private final transient List<String> heldLocks = new ArrayList<>();

        @Override
        public boolean equals(Object other) {
            long self = Thread.currentThread().threadId();
            for (LockInfo lock : ManagementFactory.getThreadMXBean()
                    .getThreadInfo(new long[] {self}, false, true)[0]
                    .getLockedSynchronizers()) {
                heldLocks.add(lock.getClassName());
            }
            return other instanceof LockRecordingAddress;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    @Test
    void aThreadDumpShowsWhichThreadHoldsThePoolLock() throws Exception {
        ConnectionPool pool = pool(2, 2);
        LockRecordingAddress address = new LockRecordingAddress();
        for (int i = 0; i < 2; i++) {
            pool.acquire(
                    new Route(address, null, null),
                    new CallTimeouts(TIMEOUTS, NanoClock.now(), NanoClock.NEVER),
                    ReusePolicy.NONE,
                    "a test");
        }
        assertEquals(List.of("java.util.concurrent.locks.ReentrantLock$NonfairSync"), address.heldLocks);
        pool.close(0);
    }

    private static List<FutureTask<?>> start(int threads, Task task) {
        FixedSeed seed = new FixedSeed(ConnectionPoolTest.class, 1);
        List<FutureTask<?>> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Random random = seed.random(i);
            FutureTask<?> future = new FutureTask<>(() -> {
                task.run(random);
                return null;
            });
            Thread.ofPlatform().daemon().start(future);
            started.add(future);
        }
        return started;
    }

    private interface Task {
        void run(Random random) throws Exception;
    }

    /** With about as many threads as connections, some calls must wait again and again, but none forever. */
    @ParameterizedTest
    @CsvSource({"2, 2, 2", "3, 2, 2", "4, 2, 1", "8, 6, 6", "8, 8, 3"})
    void everyCallGetsAConnectionAndNoLimitIsExceeded(int threads, int maxConnectionsPerRoute, int maxIdlePerRoute)
            throws Exception {
        ConnectionPool pool = pool(maxConnectionsPerRoute + 1, maxIdlePerRoute);
        // Keeps the route, and so its counters, even when no other connection is open.
        PooledConnection held = acquire(pool);
        AtomicInteger leased = new AtomicInteger();
        for (FutureTask<?> future : start(threads, random -> {
            for (int i = 0; i < CALLS; i++) {
                PooledConnection connection = acquire(pool);
                assertTrue(leased.incrementAndGet() <= maxConnectionsPerRoute);
                leased.decrementAndGet();
                if (random.nextInt(100) == 0) {
                    pool.discard(connection);
                } else {
                    pool.release(connection);
                }
            }
        })) {
            future.get();
        }
        RouteSnapshot end = pool.snapshot().getFirst();
        assertEquals(1, end.leased());
        assertEquals(0, end.waiting());
        assertEquals(end.open(), end.idle() + 1);
        assertTrue(end.idle() <= maxIdlePerRoute, end::toString);
        assertEquals(1L + threads * CALLS, end.opened() + end.reused());
        assertEquals(dialed.size(), end.opened());
        assertEquals(end.open(), dialed.stream().filter(Transport::isOpen).count());
        pool.release(held);
        pool.close(0);
    }

    /** The releasing thread must see a call that starts to wait at that moment. No later release would wake it. */
    @Test
    void aCallThatStartsToWaitDuringAReleaseGetsTheConnection() throws Exception {
        ConnectionPool pool = pool(1, 1);
        AtomicInteger finished = new AtomicInteger();
        for (FutureTask<?> future : start(2, random -> {
            for (int i = 1; i <= 10 * CALLS; i++) {
                PooledConnection connection = acquire(pool);
                pool.release(connection);
                // Both threads must have had the connection before either acquires it again.
                finished.incrementAndGet();
                for (int polls = 0; finished.get() < 2 * i; polls++) {
                    // The other thread may be waiting for this processor.
                    if (polls < 1_000) {
                        Thread.onSpinWait();
                    } else {
                        LockSupport.parkNanos(1_000);
                    }
                }
            }
        })) {
            future.get();
        }
        pool.close(0);
    }

    @RepeatedTest(50)
    void closeAlsoClosesConnectionsReleasedMeanwhile() throws Exception {
        ConnectionPool pool = pool(4, 4);
        AtomicInteger calls = new AtomicInteger();
        List<FutureTask<?>> threads = start(4, random -> {
            try {
                while (true) {
                    pool.release(acquire(pool));
                    calls.incrementAndGet();
                }
            } catch (IOException e) {
                assertTrue(pool.isClosed());
            }
        });
        while (calls.get() < 100) {
            Thread.yield();
        }
        pool.close(Duration.ofSeconds(20).toNanos());
        for (FutureTask<?> future : threads) {
            future.get();
        }
        assertEquals(List.of(), pool.snapshot());
        assertFalse(dialed.stream().anyMatch(Transport::isOpen));
    }
}

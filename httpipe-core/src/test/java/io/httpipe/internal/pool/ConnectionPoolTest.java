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

/** Platform threads take connections and give them back as fast as they can, with the lock and without. */
@Timeout(60)
class ConnectionPoolTest {
    private static final int CALLS = 5_000;
    private static final long SECOND = 1_000_000_000;
    private static final CallTimeouts.Limits PATIENT = new CallTimeouts.Limits(20 * SECOND, SECOND, SECOND, SECOND);

    private final Queue<Transport> dialed = new ConcurrentLinkedQueue<>();
    private final Route route = new Route(InetSocketAddress.createUnresolved("server", 80), null, null);

    private ConnectionPool pool(int maxOpen, int maxIdle) {
        return pool(maxOpen, maxIdle, CutTransport::ordinary);
    }

    private ConnectionPool pool(int maxOpen, int maxIdle, Supplier<Transport> dialing) {
        return pool(new PoolLimits(maxOpen, maxOpen, maxIdle, maxIdle, 60 * SECOND, NanoClock.NEVER), dialing);
    }

    private ConnectionPool pool(PoolLimits limits, Supplier<Transport> dialing) {
        Dialer inMemory = CutTransport.dialer(() -> {
            Transport transport = dialing.get();
            dialed.add(transport);
            return transport;
        });
        return new ConnectionPool(inMemory, limits);
    }

    private PooledConnection acquire(ConnectionPool pool) throws IOException {
        return acquire(pool, ReusePolicy.TESTED);
    }

    private PooledConnection acquire(ConnectionPool pool, ReusePolicy reuse) throws IOException {
        return pool.acquire(route, new CallTimeouts(PATIENT, NanoClock.now(), NanoClock.NEVER), reuse, "a test");
    }

    /** A second attempt, which takes no idle connection, may have to close the only one of its route. */
    @Test
    void aRouteWhoseOnlyConnectionMadeRoomForAnotherOfItsOwnIsNotForgotten() throws Exception {
        PoolLimits one = new PoolLimits(Integer.MAX_VALUE, 1, 1, 1, 60 * SECOND, NanoClock.NEVER);
        ConnectionPool pool = pool(one, CutTransport::ordinary);
        pool.release(acquire(pool));
        PooledConnection fresh = acquire(pool, ReusePolicy.NONE);
        assertEquals(1, pool.snapshot().getFirst().leased());
        pool.release(fresh);
        assertEquals(1, acquire(pool).reusedTimes());
        pool.close(0);
        assertTrue(dialed.stream().noneMatch(Transport::isOpen));
    }

    @Test
    void aLookThatGoesWrongCostsTheConnectionAndNotItsPlace() throws Exception {
        ConnectionPool pool = pool(1, 1, () -> new CutTransport(new byte[0], CutTransport.End.OPEN) {
            @Override
            public int readNow(ByteBuffer into) {
                throw new StackOverflowError("made up");
            }
        });
        pool.release(acquire(pool));
        assertEquals(0, acquire(pool).reusedTimes());
        assertEquals(2, dialed.size());
        pool.close(0);
    }

    @Test
    void aConnectionThatFailsToBeClosedInOrderIsClosedAllTheSame() throws Exception {
        ConnectionPool pool = pool(2, 2, () -> new CutTransport(new byte[0], CutTransport.End.OPEN) {
            @Override
            public void closeInOrder() {
                throw new StackOverflowError("made up");
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

    /** An address that tells which locks are held by the thread that compares it. */
    private static final class Witness extends SocketAddress {
        @Serial
        private static final long serialVersionUID = 1;

        private final transient List<String> held = new ArrayList<>();

        @Override
        public boolean equals(Object other) {
            long self = Thread.currentThread().threadId();
            for (LockInfo lock : ManagementFactory.getThreadMXBean()
                    .getThreadInfo(new long[] {self}, false, true)[0]
                    .getLockedSynchronizers()) {
                held.add(lock.getClassName());
            }
            return other instanceof Witness;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    @Test
    void aThreadDumpShowsWhoHasThePool() throws Exception {
        ConnectionPool pool = pool(2, 2);
        Witness witness = new Witness();
        for (int i = 0; i < 2; i++) {
            pool.acquire(
                    new Route(witness, null, null),
                    new CallTimeouts(PATIENT, NanoClock.now(), NanoClock.NEVER),
                    ReusePolicy.NONE,
                    "a test");
        }
        assertEquals(List.of("java.util.concurrent.locks.ReentrantLock$NonfairSync"), witness.held);
        pool.close(0);
    }

    private static List<FutureTask<?>> start(int threads, Task task) {
        FixedSeed seed = new FixedSeed(ConnectionPoolTest.class, 1);
        List<FutureTask<?>> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Random random = seed.random(i);
            FutureTask<?> one = new FutureTask<>(() -> {
                task.run(random);
                return null;
            });
            Thread.ofPlatform().daemon().start(one);
            started.add(one);
        }
        return started;
    }

    private interface Task {
        void run(Random random) throws Exception;
    }

    /** Where there are about as many threads as connections, some have to wait again and again, but none for ever. */
    @ParameterizedTest
    @CsvSource({"2, 2, 2", "3, 2, 2", "4, 2, 1", "8, 6, 6", "8, 8, 3"})
    void everyCallHasItsTurnAndALimitIsNeverExceeded(int threads, int maxOpen, int maxIdle) throws Exception {
        ConnectionPool pool = pool(maxOpen + 1, maxIdle);
        // Else the route would be forgotten, and its counts with it, whenever none is open.
        PooledConnection held = acquire(pool);
        AtomicInteger leased = new AtomicInteger();
        for (FutureTask<?> one : start(threads, random -> {
            for (int i = 0; i < CALLS; i++) {
                PooledConnection mine = acquire(pool);
                assertTrue(leased.incrementAndGet() <= maxOpen);
                leased.decrementAndGet();
                if (random.nextInt(100) == 0) {
                    pool.discard(mine);
                } else {
                    pool.release(mine);
                }
            }
        })) {
            one.get();
        }
        RouteSnapshot end = pool.snapshot().getFirst();
        assertEquals(1, end.leased());
        assertEquals(0, end.waiting());
        assertEquals(end.open(), end.idle() + 1);
        assertTrue(end.idle() <= maxIdle, end::toString);
        assertEquals(1L + threads * CALLS, end.opened() + end.reused());
        assertEquals(dialed.size(), end.opened());
        assertEquals(end.open(), dialed.stream().filter(Transport::isOpen).count());
        pool.release(held);
        pool.close(0);
    }

    /** The one who gives back is not to miss the one who queues up just then: nobody else would come by. */
    @Test
    void whoQueuesUpWhileTheOnlyConnectionComesBackHasIt() throws Exception {
        ConnectionPool pool = pool(1, 1);
        AtomicInteger arrivals = new AtomicInteger();
        for (FutureTask<?> one : start(2, random -> {
            for (int i = 1; i <= 10 * CALLS; i++) {
                PooledConnection mine = acquire(pool);
                pool.release(mine);
                // Nobody comes by again before both have had it.
                arrivals.incrementAndGet();
                for (int looks = 0; arrivals.get() < 2 * i; looks++) {
                    // The other one may be waiting for this very processor.
                    if (looks < 1_000) {
                        Thread.onSpinWait();
                    } else {
                        LockSupport.parkNanos(1_000);
                    }
                }
            }
        })) {
            one.get();
        }
        pool.close(0);
    }

    @RepeatedTest(50)
    void aCloseFindsAllThatComesBackMeanwhile() throws Exception {
        ConnectionPool pool = pool(4, 4);
        AtomicInteger calls = new AtomicInteger();
        List<FutureTask<?>> all = start(4, random -> {
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
        for (FutureTask<?> one : all) {
            one.get();
        }
        assertEquals(List.of(), pool.snapshot());
        assertFalse(dialed.stream().anyMatch(Transport::isOpen));
    }
}

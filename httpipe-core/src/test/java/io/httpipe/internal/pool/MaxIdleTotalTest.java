package io.httpipe.internal.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.NoDescriptorException;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.Transport;
import io.httpipe.testing.CutTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limit on idle connections of all routes, and which of them are closed to make room. */
@Timeout(60)
class MaxIdleTotalTest {
    private static final long SECOND = 1_000_000_000;
    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** How many connections can be open before the next one fails for lack of a file descriptor. */
    private volatile int descriptors = UNLIMITED;

    private final AtomicInteger open = new AtomicInteger();

    private static Route route(int number) {
        return new Route(InetSocketAddress.createUnresolved("server-" + number, 80), null, null);
    }

    private ConnectionPool pool(int maxIdlePerRoute, int maxIdleConnections) {
        Dialer dialer = new Dialer(Resolver.SYSTEM) {
            @Override
            public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts timeouts)
                    throws IOException {
                if (open.incrementAndGet() > descriptors) {
                    open.decrementAndGet();
                    throw new NoDescriptorException("injected", null);
                }
                return new CountedTransport();
            }
        };
        return new ConnectionPool(
                dialer,
                new PoolLimits(
                        UNLIMITED, UNLIMITED, maxIdlePerRoute, maxIdleConnections, 60 * SECOND, NanoClock.NEVER));
    }

    /** Frees its descriptor when it is closed; where descriptors are limited, only after it has left the poller. */
    private final class CountedTransport extends CutTransport {
        private boolean leftPoller;

        CountedTransport() {
            super(new byte[0], End.OPEN);
        }

        @Override
        public void setDuplex(boolean duplex) {
            leftPoller = true;
        }

        @Override
        public void close() {
            if (isOpen() && (leftPoller || descriptors == UNLIMITED)) {
                open.decrementAndGet();
            }
            super.close();
        }
    }

    private static PooledConnection acquire(ConnectionPool pool, int route) throws IOException {
        return acquire(pool, route, SECOND);
    }

    private static PooledConnection acquire(ConnectionPool pool, int route, long connectTimeout) throws IOException {
        CallTimeouts.Limits limits = new CallTimeouts.Limits(20 * SECOND, connectTimeout, SECOND, SECOND);
        return pool.acquire(
                route(route),
                new CallTimeouts(limits, NanoClock.now(), NanoClock.NEVER),
                ReusePolicy.CHECKED,
                "a test");
    }

    private static List<Integer> routesWithIdleConnections(ConnectionPool pool) {
        return pool.snapshot().stream()
                .filter(route -> route.idle() > 0)
                .map(route -> ((InetSocketAddress) route.route().address()).getHostString())
                .map(host -> Integer.valueOf(host.substring("server-".length())))
                .sorted()
                .toList();
    }

    private static int idle(ConnectionPool pool) {
        return pool.snapshot().stream().mapToInt(RouteSnapshot::idle).sum();
    }

    @Test
    void theLongestIdleConnectionOfAnyRouteIsClosedFirst() throws Exception {
        ConnectionPool pool = pool(9, 3);
        for (int route : new int[] {0, 1, 2, 3, 1, 4}) {
            pool.release(acquire(pool, route));
        }
        assertEquals(List.of(1, 3, 4), routesWithIdleConnections(pool));
        assertEquals(3, open.get());
        assertEquals(2, acquire(pool, 1).reusedTimes());
        pool.close(0);
    }

    @Test
    void aLimitOfZeroKeepsNoIdleConnection() throws Exception {
        ConnectionPool pool = pool(9, 0);
        PooledConnection connection = acquire(pool, 0);
        assertFalse(pool.release(connection, 9, 60 * SECOND), "kept");
        assertEquals(List.of(), pool.snapshot());
        assertEquals(0, open.get());
        pool.close(0);
    }

    /** With one route the total cannot be exceeded, so nothing is counted. The second route changes that. */
    @Test
    void theLimitHoldsForConnectionsOpenedBeforeCountingStarts() throws Exception {
        ConnectionPool pool = pool(4, 5);
        List<PooledConnection> held = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            held.add(acquire(pool, i / 4));
        }
        for (PooledConnection connection : held) {
            pool.release(connection);
        }
        assertEquals(5, idle(pool));
        assertEquals(5, open.get());
        pool.close(0);
    }

    /** An exchange may pass a limit of its own to release. */
    @Test
    void theLimitHoldsWhenReleaseRaisesTheLimitOfTheRoute() throws Exception {
        ConnectionPool pool = pool(1, 3);
        List<PooledConnection> held = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            held.add(acquire(pool, 0));
        }
        for (PooledConnection connection : held) {
            assertTrue(pool.release(connection, 9, 60 * SECOND));
        }
        assertEquals(3, idle(pool));
        assertEquals(3, open.get());
        pool.close(0);
    }

    @ParameterizedTest
    @CsvSource({"2, 3, 3", "4, 5, 5", "8, 4, 4", "8, 8, 20"})
    void theLimitHoldsWithManyThreadsAndRoutes(int threads, int routes, int maxIdleConnections) throws Exception {
        ConnectionPool pool = pool(3, maxIdleConnections);
        List<FutureTask<?>> futures = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Random random = new Random(i);
            FutureTask<?> future = new FutureTask<>(() -> {
                for (int n = 0; n < 3_000; n++) {
                    PooledConnection first = acquire(pool, random.nextInt(routes));
                    PooledConnection second = acquire(pool, random.nextInt(routes));
                    pool.release(first);
                    pool.release(second, 1 + random.nextInt(4), SECOND * 60);
                }
                return null;
            });
            futures.add(future);
            Thread.ofPlatform().daemon().start(future);
        }
        for (FutureTask<?> future : futures) {
            future.get();
        }
        assertTrue(idle(pool) <= maxIdleConnections, () -> idle(pool) + " idle connections");
        assertEquals(open.get(), idle(pool));
        pool.close(0);
        assertEquals(0, open.get());
    }

    @Test
    void withoutAFreeDescriptorTheLongestIdleConnectionIsClosed() throws Exception {
        descriptors = 3;
        ConnectionPool pool = pool(9, 99);
        for (int route : new int[] {0, 1, 2, 0, 3, 4}) {
            pool.release(acquire(pool, route));
        }
        assertEquals(List.of(0, 3, 4), routesWithIdleConnections(pool));
        assertEquals(3, open.get());
        pool.close(0);
    }

    @Test
    void withoutAFreeDescriptorOrIdleConnectionTheCallFailsAndKeepsNoSlot() throws Exception {
        descriptors = 2;
        ConnectionPool pool = pool(9, 99);
        PooledConnection first = acquire(pool, 0);
        acquire(pool, 1);
        for (int i = 0; i < 3; i++) {
            assertThrows(NoDescriptorException.class, () -> acquire(pool, 2));
            assertEquals(2, pool.snapshot().size());
        }
        pool.release(first);
        acquire(pool, 2);
        pool.close(0);
    }

    @Test
    void aCallStopsClosingIdleConnectionsWhenItsTimeIsOver() throws Exception {
        ConnectionPool pool = pool(9, 99);
        pool.release(acquire(pool, 0));
        pool.release(acquire(pool, 1));
        descriptors = 0;
        assertThrows(ExpiredException.class, () -> acquire(pool, 2, 0));
        assertEquals(List.of(1), routesWithIdleConnections(pool));
        pool.close(0);
    }

    @Test
    void aCallInterruptedWhileItFreesDescriptorsIsCancelled() throws Exception {
        ConnectionPool pool = pool(9, 99);
        pool.release(acquire(pool, 0));
        pool.release(acquire(pool, 1));
        Dialer interrupting = new Dialer(Resolver.SYSTEM) {
            @Override
            public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts timeouts)
                    throws IOException {
                Thread.currentThread().interrupt();
                throw new NoDescriptorException("injected", null);
            }
        };
        CallTimeouts timeouts = new CallTimeouts(
                new CallTimeouts.Limits(SECOND, SECOND, SECOND, SECOND), NanoClock.now(), NanoClock.NEVER);
        assertThrows(
                ClosedByInterruptException.class,
                () -> interrupting.dial(route(2).address(), null, null, timeouts, pool));
        assertTrue(Thread.interrupted());
        assertEquals(List.of(1), routesWithIdleConnections(pool));
        pool.close(0);
    }
}

package io.httpipe.internal.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.testing.FixedSeed;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IdleConnectionsTest {
    private static final PoolLimits LIMITS = new PoolLimits(9, 9, 9, 9, 1, 1);

    private final ConnectionPool owner = new ConnectionPool(new Dialer(Resolver.SYSTEM), LIMITS);
    private final RoutePool route =
            new RoutePool(new Route(InetSocketAddress.createUnresolved("localhost", 1), null, null), 9);
    private final IdleConnections idle = new IdleConnections();

    private PooledConnection connection() {
        return new PooledConnection(owner, route);
    }

    @Test
    void theNewestIsTakenFirstWhicheverWayItCame() {
        PooledConnection a = connection();
        PooledConnection b = connection();
        PooledConnection c = connection();
        idle.addFirst(a);
        assertTrue(idle.offer(b, 9));
        assertTrue(idle.offer(c, 9));
        assertEquals(3, idle.size());
        assertSame(c, idle.take());
        assertSame(b, idle.pollFirst());
        assertEquals(1, idle.size());
        idle.addFirst(b);
        idle.offer(c, 9);
        assertSame(a, idle.pollLast());
        assertEquals(2, idle.size());
        assertNull(idle.take(), "the others can be got at only with the lock");
        assertTrue(idle.remove(c));
        assertFalse(idle.remove(c));
        assertSame(b, idle.pollFirst());
        assertNull(idle.pollFirst());
        assertNull(idle.pollLast());
        assertEquals(0, idle.size());
    }

    @Test
    void noMoreAreTakenInThanThereMayBe() {
        PooledConnection surplus = connection();
        idle.addFirst(connection());
        assertTrue(idle.offer(connection(), 2));
        assertFalse(idle.offer(surplus, 2));
        assertEquals(2, idle.size());
        assertFalse(idle.remove(surplus));
    }

    @Test
    void oneThatIsLookedAtCountsAsIfItWereThere() {
        PooledConnection a = connection();
        PooledConnection b = connection();
        idle.addFirst(a);
        idle.addFirst(b);
        assertSame(a, idle.inspectLast());
        assertEquals(2, idle.size());
        assertFalse(idle.offer(connection(), 2));
        idle.inspected(a, true);
        assertSame(b, idle.inspectLast());
        idle.inspected(b, false);
        assertEquals(1, idle.size());
        assertSame(a, idle.pollFirst());
        assertNull(idle.inspectLast());
        assertEquals(0, idle.size());
    }

    /** Compares with a plain deque, whatever is done in whatever order. */
    @Test
    void itIsADequeToOneThread() {
        Deque<PooledConnection> plain = new ArrayDeque<>();
        Random random = new FixedSeed(IdleConnectionsTest.class, 27).random();
        for (int i = 0; i < 100_000; i++) {
            PooledConnection one = connection();
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (idle.offer(one, 8)) {
                        plain.addFirst(one);
                    } else {
                        assertTrue(plain.size() >= 8);
                    }
                }
                case 1 -> {
                    PooledConnection taken = idle.take();
                    if (taken != null) {
                        assertSame(plain.pollFirst(), taken);
                    }
                }
                case 2 -> {
                    idle.addFirst(one);
                    plain.addFirst(one);
                }
                case 3 -> assertSame(plain.pollFirst(), idle.pollFirst());
                case 4 -> assertSame(plain.pollLast(), idle.pollLast());
                default -> {
                    PooledConnection some =
                            plain.stream().skip(plain.size() / 2).findFirst().orElse(one);
                    assertEquals(plain.remove(some), idle.remove(some));
                }
            }
            assertEquals(plain.size(), idle.size());
        }
    }

    /** Each connection has one owner at a time, however many threads take and give back, with the lock or without. */
    @Test
    void noneIsLostNorHadTwice() throws Exception {
        int connections = 6;
        FixedSeed seed = new FixedSeed(IdleConnectionsTest.class, 28);
        ReentrantLock lock = new ReentrantLock();
        List<PooledConnection> all = new ArrayList<>();
        List<AtomicInteger> owners = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            PooledConnection one = connection();
            one.place = i;
            all.add(one);
            owners.add(new AtomicInteger());
            idle.addFirst(one);
        }
        List<FutureTask<?>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Random random = seed.random(i);
            FutureTask<?> thread = new FutureTask<>(() -> {
                for (int j = 0; j < 100_000; j++) {
                    PooledConnection mine = random.nextInt(4) > 0 ? idle.take() : locked(lock, random.nextBoolean());
                    if (mine == null) {
                        continue;
                    }
                    AtomicInteger owner = owners.get(mine.place);
                    assertEquals(1, owner.incrementAndGet());
                    owner.decrementAndGet();
                    if (random.nextInt(4) == 0 || !idle.offer(mine, connections)) {
                        lock.lock();
                        idle.addFirst(mine);
                        lock.unlock();
                    }
                }
                return null;
            });
            Thread.ofPlatform().start(thread);
            threads.add(thread);
        }
        for (FutureTask<?> thread : threads) {
            thread.get();
        }
        assertEquals(connections, idle.size());
        for (PooledConnection one : all) {
            assertTrue(idle.remove(one));
        }
    }

    private @Nullable PooledConnection locked(ReentrantLock lock, boolean newest) {
        lock.lock();
        try {
            return newest ? idle.pollFirst() : idle.pollLast();
        } finally {
            lock.unlock();
        }
    }
}

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
    void theNewestIsTakenFirstHoweverItWasAdded() {
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
        assertNull(idle.take(), "the others need the lock");
        assertTrue(idle.remove(c));
        assertFalse(idle.remove(c));
        assertSame(b, idle.pollFirst());
        assertNull(idle.pollFirst());
        assertNull(idle.pollLast());
        assertEquals(0, idle.size());
    }

    @Test
    void offerRefusesConnectionsBeyondTheLimit() {
        PooledConnection surplus = connection();
        idle.addFirst(connection());
        assertTrue(idle.offer(connection(), 2));
        assertFalse(idle.offer(surplus, 2));
        assertEquals(2, idle.size());
        assertFalse(idle.remove(surplus));
    }

    @Test
    void aConnectionBeingCheckedStillCounts() {
        PooledConnection a = connection();
        PooledConnection b = connection();
        idle.addFirst(a);
        idle.addFirst(b);
        assertSame(a, idle.startCheckOfLast());
        assertEquals(2, idle.size());
        assertFalse(idle.offer(connection(), 2));
        idle.finishCheck(a, true);
        assertSame(b, idle.startCheckOfLast());
        idle.finishCheck(b, false);
        assertEquals(1, idle.size());
        assertSame(a, idle.pollFirst());
        assertNull(idle.startCheckOfLast());
        assertEquals(0, idle.size());
    }

    /** Compares random operations with those of a plain deque. */
    @Test
    void behavesLikeADequeInOneThread() {
        Deque<PooledConnection> expected = new ArrayDeque<>();
        Random random = new FixedSeed(IdleConnectionsTest.class, 27).random();
        for (int i = 0; i < 100_000; i++) {
            PooledConnection connection = connection();
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (idle.offer(connection, 8)) {
                        expected.addFirst(connection);
                    } else {
                        assertTrue(expected.size() >= 8);
                    }
                }
                case 1 -> {
                    PooledConnection taken = idle.take();
                    if (taken != null) {
                        assertSame(expected.pollFirst(), taken);
                    }
                }
                case 2 -> {
                    idle.addFirst(connection);
                    expected.addFirst(connection);
                }
                case 3 -> assertSame(expected.pollFirst(), idle.pollFirst());
                case 4 -> assertSame(expected.pollLast(), idle.pollLast());
                default -> {
                    PooledConnection present = expected.stream()
                            .skip(expected.size() / 2)
                            .findFirst()
                            .orElse(connection);
                    assertEquals(expected.remove(present), idle.remove(present));
                }
            }
            assertEquals(expected.size(), idle.size());
        }
    }

    /** Each connection has one owner at a time, while threads take and add connections with and without the lock. */
    @Test
    void noConnectionIsLostOrTakenTwice() throws Exception {
        int connections = 6;
        FixedSeed seed = new FixedSeed(IdleConnectionsTest.class, 28);
        ReentrantLock lock = new ReentrantLock();
        List<PooledConnection> all = new ArrayList<>();
        List<AtomicInteger> owners = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            PooledConnection connection = connection();
            connection.index = i;
            all.add(connection);
            owners.add(new AtomicInteger());
            idle.addFirst(connection);
        }
        List<FutureTask<?>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Random random = seed.random(i);
            FutureTask<?> thread = new FutureTask<>(() -> {
                for (int j = 0; j < 100_000; j++) {
                    PooledConnection taken =
                            random.nextInt(4) > 0 ? idle.take() : takeLocked(lock, random.nextBoolean());
                    if (taken == null) {
                        continue;
                    }
                    AtomicInteger owner = owners.get(taken.index);
                    assertEquals(1, owner.incrementAndGet());
                    owner.decrementAndGet();
                    if (random.nextInt(4) == 0 || !idle.offer(taken, connections)) {
                        lock.lock();
                        idle.addFirst(taken);
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
        for (PooledConnection connection : all) {
            assertTrue(idle.remove(connection));
        }
    }

    private @Nullable PooledConnection takeLocked(ReentrantLock lock, boolean newest) {
        lock.lock();
        try {
            return newest ? idle.pollFirst() : idle.pollLast();
        } finally {
            lock.unlock();
        }
    }
}

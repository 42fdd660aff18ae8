package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of one route, the newest first. What comes back and what goes out again soon does so by
 * {@link #offer} and {@link #take}, for which nobody needs a lock; all else needs that of the {@link ConnectionPool}.
 */
final class IdleConnections {
    /** The newest; null if there are none but older ones. */
    private final AtomicReference<@Nullable Node> newest = new AtomicReference<>();

    /** The oldest, set apart so that they can be got at from their end; as a rule there are none. Guarded by the lock. */
    private final Deque<PooledConnection> older = new ArrayDeque<>();

    /** How many there are, those that are on their way in or looked at included. */
    private final AtomicInteger size = new AtomicInteger();

    /** How many there are; without the lock, how many there were a moment ago. */
    int size() {
        return size.get();
    }

    /** Adds one as the newest, without the lock, unless there are {@code most} already. */
    boolean offer(PooledConnection connection, int most) {
        int present = size.get();
        while (present < most) {
            if (size.compareAndSet(present, present + 1)) {
                push(connection);
                return true;
            }
            present = size.get();
        }
        return false;
    }

    /** Takes the newest, without the lock; null if there is none, or the lock is needed to get at it. */
    @Nullable
    PooledConnection take() {
        Node top = newest.get();
        while (top != null && !newest.compareAndSet(top, top.next)) {
            top = newest.get();
        }
        if (top == null) {
            return null;
        }
        size.decrementAndGet();
        return top.connection;
    }

    /** Since when the oldest has been idle; {@link NanoClock#NEVER} if there is none. */
    long oldestSince() {
        if (!older.isEmpty()) {
            return older.getLast().idleSince();
        }
        long since = NanoClock.NEVER;
        for (Node node = newest.get(); node != null; node = node.next) {
            since = node.connection.idleSince();
        }
        return since;
    }

    void addFirst(PooledConnection connection) {
        size.incrementAndGet();
        push(connection);
    }

    @Nullable
    PooledConnection pollFirst() {
        PooledConnection first = take();
        if (first != null || older.isEmpty()) {
            return first;
        }
        // Whoever comes next is to need no lock.
        while (!older.isEmpty()) {
            push(older.removeLast());
        }
        return take();
    }

    @Nullable
    PooledConnection pollLast() {
        PooledConnection oldest = inspectLast();
        if (oldest != null) {
            size.decrementAndGet();
        }
        return oldest;
    }

    /** Takes the oldest out to be looked at; it counts as if it were here until {@link #inspected}. */
    @Nullable
    PooledConnection inspectLast() {
        if (older.isEmpty()) {
            setApart();
        }
        return older.pollLast();
    }

    /** Puts one that was looked at back as the newest, unless it is not good. */
    void inspected(PooledConnection connection, boolean good) {
        if (good) {
            push(connection);
        } else {
            size.decrementAndGet();
        }
    }

    boolean remove(PooledConnection connection) {
        setApart();
        boolean removed = older.remove(connection);
        if (removed) {
            size.decrementAndGet();
        }
        return removed;
    }

    private void push(PooledConnection connection) {
        Node top = newest.get();
        while (!newest.compareAndSet(top, new Node(connection, top))) {
            top = newest.get();
        }
    }

    /** Puts all that there are now with the older ones. */
    private void setApart() {
        Deque<PooledConnection> newer = new ArrayDeque<>();
        for (Node node = newest.getAndSet(null); node != null; node = node.next) {
            newer.addFirst(node.connection);
        }
        newer.forEach(older::addFirst);
    }

    private record Node(
            PooledConnection connection, @Nullable Node next) {}
}

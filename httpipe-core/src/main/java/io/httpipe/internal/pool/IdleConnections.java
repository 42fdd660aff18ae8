package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Holds the idle connections of one route. The newest is the one that was added last, the oldest the one that was added
 * first. {@link #offer}, {@link #take} and {@link #size} need no lock. All other methods need the {@link PoolLock}.
 */
final class IdleConnections {
    /** The top of a lock-free stack. Null if all idle connections are in {@link #older}, or there are none. */
    private final AtomicReference<@Nullable Node> newest = new AtomicReference<>();

    /**
     * The oldest connections, moved here so that the oldest of them can be taken. Usually empty. Guarded by the lock.
     */
    private final Deque<PooledConnection> older = new ArrayDeque<>();

    /** Includes connections that are being added or checked. */
    private final AtomicInteger size = new AtomicInteger();

    /**
     * The number of connections, including those being added or checked. The result may be outdated even under the
     * lock, because {@link #offer} and {@link #take} need no lock.
     */
    int size() {
        return size.get();
    }

    /**
     * Adds a connection as the newest, without the lock. Returns false if there are {@code limit} connections already.
     */
    boolean offer(PooledConnection connection, int limit) {
        int present = size.get();
        while (present < limit) {
            if (size.compareAndSet(present, present + 1)) {
                push(connection);
                return true;
            }
            present = size.get();
        }
        return false;
    }

    /** Takes the newest, without the lock. Null if there is none, or if it is in {@link #older}. */
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

    /** The time since which the oldest has been idle; {@link NanoClock#NEVER} if there is none. */
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
        // Move the older connections back to the stack, so that the next calls can take them without the lock.
        while (!older.isEmpty()) {
            push(older.removeLast());
        }
        return take();
    }

    @Nullable
    PooledConnection pollLast() {
        PooledConnection oldest = startCheckOfLast();
        if (oldest != null) {
            size.decrementAndGet();
        }
        return oldest;
    }

    /** Takes the oldest out for a check. It still counts in {@link #size} until {@link #finishCheck}. */
    @Nullable
    PooledConnection startCheckOfLast() {
        if (older.isEmpty()) {
            moveToOlder();
        }
        return older.pollLast();
    }

    /** Puts a checked connection back as the newest if it is usable; otherwise forgets it. */
    void finishCheck(PooledConnection connection, boolean usable) {
        if (usable) {
            push(connection);
        } else {
            size.decrementAndGet();
        }
    }

    boolean remove(PooledConnection connection) {
        moveToOlder();
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

    /** Moves the whole stack to {@link #older}. */
    private void moveToOlder() {
        Deque<PooledConnection> newer = new ArrayDeque<>();
        for (Node node = newest.getAndSet(null); node != null; node = node.next) {
            newer.addFirst(node.connection);
        }
        newer.forEach(older::addFirst);
    }

    private record Node(
            PooledConnection connection, @Nullable Node next) {}
}

package io.httpipe.internal.pool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of one route, the newest first. What comes back and what goes out again soon does so by
 * {@link #offer} and {@link #take}, for which nobody needs a lock; all else needs that of the {@link ConnectionPool}.
 */
final class IdleConnections {
    /** Those that were offered since somebody last looked at all; the last node stands for all that are older. */
    private final AtomicReference<Node> offered = new AtomicReference<>(new Node(null, null, 0));

    /** Guarded by the pool's lock, the newest first. */
    private final Deque<PooledConnection> older = new ArrayDeque<>();

    /** How many are out to be looked at, and count as if they were here. Guarded by the pool's lock. */
    private int inspected;

    /** How many there are; without the lock, how many there were a moment ago. */
    int size() {
        return offered.get().size;
    }

    /** Adds one as the newest, without the lock, unless there are {@code most} already. */
    boolean offer(PooledConnection connection, int most) {
        Node top = offered.get();
        while (top.size < most) {
            if (offered.compareAndSet(top, new Node(connection, top, top.size + 1))) {
                return true;
            }
            top = offered.get();
        }
        return false;
    }

    /** Takes the newest, without the lock; null if there is none, or the lock is needed to get at it. */
    @Nullable
    PooledConnection take() {
        Node top = offered.get();
        while (top.next != null) {
            if (offered.compareAndSet(top, top.next)) {
                return top.connection;
            }
            top = offered.get();
        }
        return null;
    }

    void addFirst(PooledConnection connection) {
        gather();
        older.addFirst(connection);
        tell();
    }

    @Nullable
    PooledConnection pollFirst() {
        gather();
        PooledConnection newest = older.pollFirst();
        tell();
        return newest;
    }

    @Nullable
    PooledConnection pollLast() {
        gather();
        PooledConnection oldest = older.pollLast();
        tell();
        return oldest;
    }

    /** Takes the oldest out to be looked at; it is to come back by {@link #inspected}. */
    @Nullable
    PooledConnection inspectLast() {
        gather();
        PooledConnection oldest = older.pollLast();
        if (oldest != null) {
            inspected++;
        }
        tell();
        return oldest;
    }

    /** Puts one that was looked at back as the newest, unless it is not good. */
    void inspected(PooledConnection connection, boolean good) {
        inspected--;
        if (good) {
            addFirst(connection);
        } else {
            tell();
        }
    }

    boolean remove(PooledConnection connection) {
        gather();
        boolean removed = older.remove(connection);
        tell();
        return removed;
    }

    /** Puts those that were offered with the others. */
    private void gather() {
        Node top = offered.get();
        while (top.next != null && !offered.compareAndSet(top, new Node(null, null, top.size))) {
            top = offered.get();
        }
        Deque<PooledConnection> newer = new ArrayDeque<>();
        for (Node node = top; node != null && node.connection != null; node = node.next) {
            newer.addFirst(node.connection);
        }
        newer.forEach(older::addFirst);
    }

    /** Has {@link #size} tell of a change. What is offered meanwhile does not know of it, and is put with the others. */
    private void tell() {
        Node top = offered.get();
        while (top.next != null || !offered.compareAndSet(top, new Node(null, null, older.size() + inspected))) {
            gather();
            top = offered.get();
        }
    }

    private record Node(
            @Nullable PooledConnection connection, @Nullable Node next, int size) {}
}

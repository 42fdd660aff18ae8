package io.httpipe.internal.connect;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers for ten minutes which address of a host accepted a connection, and which did not. Thread-safe. It remembers
 * a limited number of hosts. If two threads update it at the same time, one update may be lost, which does no harm.
 */
final class AddressHistory {
    static final long MEMORY_NANOS = 600_000_000_000L;
    static final int MAX_HOSTS = 1000;

    /** What is known of one host and port. Each address has the time at which it is forgotten. */
    private record Entry(InetAddress winner, long winnerUntil, Map<InetAddress, Long> deadUntil) {
        /** Returns the dead addresses that are still remembered. */
        Map<InetAddress, Long> dead(long now) {
            if (deadUntil.isEmpty()) {
                return deadUntil;
            }
            Map<InetAddress, Long> dead = new HashMap<>(deadUntil);
            dead.values().removeIf(until -> until <= now);
            return dead;
        }
    }

    private final Map<InetSocketAddress, Entry> entries = new ConcurrentHashMap<>();

    /** Returns the addresses of a host in the order in which to try them, without duplicates. */
    List<InetAddress> order(InetSocketAddress host, List<InetAddress> addresses, long now) {
        Entry known = entries.get(host);
        if (known == null) {
            return AddressOrder.of(addresses, null, Set.of());
        }
        InetAddress winner = known.winnerUntil > now ? known.winner : null;
        return AddressOrder.of(addresses, winner, known.dead(now).keySet());
    }

    /**
     * Remembers how a race ended. If the remembered winner wins again, the time at which it is forgotten stays as it
     * is. After that time, the resolver's first address is tried first again.
     *
     * @param tried the addresses in their order
     * @param dead  those of them that did not connect; empty for none
     */
    void record(InetSocketAddress host, List<InetAddress> tried, InetAddress winner, List<InetAddress> dead, long now) {
        Entry known = entries.get(host);
        long winnerUntil = now + MEMORY_NANOS;
        Map<InetAddress, Long> deadUntil = new HashMap<>();
        if (known == null) {
            makeSpace(now);
        } else {
            if (known.winnerUntil > now && known.winner.equals(winner)) {
                if (dead.isEmpty()) {
                    return;
                }
                winnerUntil = known.winnerUntil;
            }
            deadUntil.putAll(known.dead(now));
            deadUntil.keySet().retainAll(tried);
        }
        for (InetAddress address : dead) {
            deadUntil.put(address, now + MEMORY_NANOS);
        }
        deadUntil.remove(winner);
        entries.put(host, new Entry(winner, winnerUntil, deadUntil));
    }

    /** Forgets a host of which no address accepts a connection any more. */
    void forget(InetSocketAddress host) {
        entries.remove(host);
    }

    /**
     * Makes space for another host: forgets the expired entries. If that is not enough, forgets the host whose winner
     * expires first.
     */
    private void makeSpace(long now) {
        if (entries.size() < MAX_HOSTS) {
            return;
        }
        entries.values()
                .removeIf(entry -> entry.winnerUntil <= now && entry.dead(now).isEmpty());
        while (entries.size() >= MAX_HOSTS) {
            InetSocketAddress oldest = null;
            long end = Long.MAX_VALUE;
            for (Map.Entry<InetSocketAddress, Entry> entry : entries.entrySet()) {
                if (oldest == null || entry.getValue().winnerUntil < end) {
                    oldest = entry.getKey();
                    end = entry.getValue().winnerUntil;
                }
            }
            if (oldest == null) {
                return;
            }
            entries.remove(oldest);
        }
    }
}

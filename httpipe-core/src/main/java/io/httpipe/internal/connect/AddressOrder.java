package io.httpipe.internal.connect;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides in which order to try the addresses of a host (RFC 8305, section 4). The winner of an earlier race comes
 * first, and dead addresses come last. IPv6 and IPv4 addresses alternate. Without a winner, the resolver's first
 * address that is not dead comes first. In all else, the addresses of one family keep the order of the resolver.
 */
final class AddressOrder {
    private AddressOrder() {}

    /**
     * Returns the addresses in the order in which to try them, without duplicates.
     *
     * @param resolved the addresses that the resolver has found; not empty
     * @param winner   comes first if it is one of the addresses; may be null
     * @param dead     addresses that come last
     */
    static List<InetAddress> of(List<InetAddress> resolved, @Nullable InetAddress winner, Set<InetAddress> dead) {
        if (resolved.size() == 2 && isOrdered(resolved.get(0), resolved.get(1), winner, dead)) {
            return resolved;
        }
        List<InetAddress> ordered = new ArrayList<>(resolved.size());
        Set<InetAddress> others = new LinkedHashSet<>(resolved);
        if (winner != null && others.remove(winner)) {
            ordered.add(winner);
        }
        addAlternating(others, dead, false, ordered);
        addAlternating(others, dead, true, ordered);
        return ordered;
    }

    /** Whether two addresses are in the right order already. This is the usual case. */
    private static boolean isOrdered(
            InetAddress one, InetAddress two, @Nullable InetAddress winner, Set<InetAddress> dead) {
        return !one.equals(two) && (winner == null || !winner.equals(two)) && (dead.isEmpty() || !dead.contains(one));
    }

    /** Adds the dead addresses if {@code wanted} is true, otherwise all others. The families alternate. */
    private static void addAlternating(
            Set<InetAddress> addresses, Set<InetAddress> dead, boolean wanted, List<InetAddress> ordered) {
        Queue<InetAddress> six = new ArrayDeque<>();
        Queue<InetAddress> four = new ArrayDeque<>();
        boolean sixIsNext = !ordered.isEmpty() && !(ordered.getLast() instanceof Inet6Address);
        for (InetAddress address : addresses) {
            if (dead.contains(address) == wanted) {
                boolean isSix = address instanceof Inet6Address;
                if (ordered.isEmpty() && six.isEmpty() && four.isEmpty()) {
                    sixIsNext = isSix;
                }
                (isSix ? six : four).add(address);
            }
        }
        while (!six.isEmpty() || !four.isEmpty()) {
            boolean takesSix = four.isEmpty() || sixIsNext && !six.isEmpty();
            ordered.add((takesSix ? six : four).remove());
            sixIsNext = !takesSix;
        }
    }
}

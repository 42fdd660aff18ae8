package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * How a pool was used at one moment, for the message of a call that cannot get a connection in time. It is created
 * under the lock, and converted to text without it.
 *
 * @param leased        leased connections of the route
 * @param total         open connections of all routes
 * @param waiting       calls that wait for the route
 * @param longestHolder the holder of the longest lease of the route; null if no connection is leased
 * @param longestSince  when that lease began
 */
record PoolUsage(
        int leased, int total, int waiting, @Nullable Object longestHolder, long longestSince, PoolLimits limits) {
    static PoolUsage of(RoutePool pool, int total, PoolLimits limits) {
        Object longestHolder = null;
        long longestSince = Long.MAX_VALUE;
        for (PooledConnection connection : pool.connections()) {
            Object holder = connection.holder();
            if (holder != null && connection.leasedAt() < longestSince) {
                longestSince = connection.leasedAt();
                longestHolder = holder;
            }
        }
        return new PoolUsage(pool.leased(), total, pool.waiters.size(), longestHolder, longestSince, limits);
    }

    @Override
    public String toString() {
        String longest = longestHolder == null
                ? ""
                : ", longest on the route by %s for %d ms"
                        .formatted(longestHolder, (NanoClock.now() - longestSince) / 1_000_000);
        // Names only the limits that are set. All open connections of the client count as in use, because a call
        // waits for the client's limit only while no connection is idle.
        boolean ofRoute = limits.maxConnectionsPerRoute() != Integer.MAX_VALUE;
        String used = ofRoute
                ? "%d of %d connections of the route".formatted(leased, limits.maxConnectionsPerRoute())
                : "%d of %d connections of the client".formatted(total, limits.maxConnections());
        String open = ofRoute && limits.maxConnections() != Integer.MAX_VALUE
                ? "; the client has %d of %d connections".formatted(total, limits.maxConnections())
                : "";
        return "%s are in use%s%s; %d calls wait for the route".formatted(used, longest, open, waiting);
    }
}

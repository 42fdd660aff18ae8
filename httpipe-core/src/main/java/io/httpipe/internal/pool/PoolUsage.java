package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a pool was used at one moment, for the message of a call that cannot get a connection in time. It is created
 * under the lock, and converted to text without it.
 *
 * @param ofRoute       whether the call waited for the limit of its route, not for that of the client
 * @param used          leased connections of the route, or open ones of the client
 * @param limit         the limit that the call waited for
 * @param waiting       other calls that wait for the route
 * @param longestHolder the holder of the longest lease among the connections that count towards that limit; null if
 *                      none of them is leased
 * @param longestSince  when that lease began
 */
record PoolUsage(
        boolean ofRoute,
        int used,
        int limit,
        int waiting,
        @Nullable Object longestHolder,
        long longestSince) {
    static PoolUsage of(RoutePool pool, Collection<RoutePool> all, int total, PoolLimits limits) {
        boolean ofRoute =
                limits.maxConnections() == Integer.MAX_VALUE || pool.open() >= limits.maxConnectionsPerRoute();
        Object longestHolder = null;
        long longestSince = Long.MAX_VALUE;
        for (RoutePool each : ofRoute ? List.of(pool) : all) {
            for (PooledConnection connection : each.connections()) {
                Object holder = connection.holder();
                if (holder != null && connection.leasedAt() < longestSince) {
                    longestSince = connection.leasedAt();
                    longestHolder = holder;
                }
            }
        }
        // A call waits for the client's limit only while no connection is idle, so all open ones are in use.
        return new PoolUsage(
                ofRoute,
                ofRoute ? pool.leased() : total,
                ofRoute ? limits.maxConnectionsPerRoute() : limits.maxConnections(),
                pool.waiters.size(),
                longestHolder,
                longestSince);
    }

    @Override
    public String toString() {
        String longest = longestHolder == null
                ? ""
                : ", longest by %s for %d ms".formatted(longestHolder, (NanoClock.now() - longestSince) / 1_000_000);
        return "%d of %d connections of the %s are in use%s; %d other calls wait for the route"
                .formatted(used, limit, ofRoute ? "route" : "client", longest, waiting);
    }
}

package io.httpipe.internal.pool;

import java.util.Map;

/**
 * The state of a route at one moment. The counters {@code opened}, {@code reused} and {@code closed} start at 0 again
 * if the route has had neither a connection nor a waiting call meanwhile.
 */
public record RouteSnapshot(
        Route route,
        int open,
        int idle,
        int leased,
        int waiting,
        long opened,
        long reused,
        Map<CloseReason, Long> closed) {}

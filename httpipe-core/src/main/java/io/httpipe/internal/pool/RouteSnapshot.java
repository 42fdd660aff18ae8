package io.httpipe.internal.pool;

import java.util.Map;

/**
 * The state of a route at one moment. The counters {@code opened}, {@code reused} and {@code closed} start at 0 again
 * after a time in which the route had neither a connection nor a waiting call.
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

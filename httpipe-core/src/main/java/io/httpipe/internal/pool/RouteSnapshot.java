package io.httpipe.internal.pool;

import java.util.Map;

/** The state of a route at one moment: what there is, and what there was since the route last came to life. */
public record RouteSnapshot(
        Route route,
        int open,
        int idle,
        int leased,
        int waiting,
        long opened,
        long reused,
        Map<CloseReason, Long> closed) {}

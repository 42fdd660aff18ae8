package io.httpipe.internal.pool;

/**
 * How many connections a client may have, and for how long.
 *
 * @param maxOpen      open ones of one route, leased and idle together
 * @param maxOpenTotal open ones of all routes
 * @param maxIdle      idle ones of one route
 * @param maxIdleTotal idle ones of all routes
 * @param idleTimeout  nanoseconds that one may be idle
 * @param maxLifetime  nanoseconds after which one is not used again
 */
public record PoolLimits(
        int maxOpen, int maxOpenTotal, int maxIdle, int maxIdleTotal, long idleTimeout, long maxLifetime) {}

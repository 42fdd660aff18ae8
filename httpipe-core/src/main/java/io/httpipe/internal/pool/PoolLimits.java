package io.httpipe.internal.pool;

/**
 * How many connections a client may have, and how long it keeps them.
 *
 * @param maxOpen      open connections per route, leased and idle together
 * @param maxOpenTotal open connections of all routes
 * @param maxIdle      idle connections per route
 * @param maxIdleTotal idle connections of all routes
 * @param idleTimeout  how long a connection may be idle, in nanoseconds
 * @param maxLifetime  the age at which a connection is no longer reused, in nanoseconds
 */
public record PoolLimits(
        int maxOpen, int maxOpenTotal, int maxIdle, int maxIdleTotal, long idleTimeout, long maxLifetime) {}

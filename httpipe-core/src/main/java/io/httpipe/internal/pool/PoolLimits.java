package io.httpipe.internal.pool;

/**
 * How many connections a client may have, and how long it keeps them.
 *
 * @param maxConnectionsPerRoute open connections per route, leased and idle together
 * @param maxConnections         open connections of all routes
 * @param maxIdlePerRoute        idle connections per route
 * @param maxIdleConnections     idle connections of all routes
 * @param idleTimeout            how long a connection may be idle, in nanoseconds
 * @param maxLifetime            the age at which a connection is no longer reused, in nanoseconds
 */
public record PoolLimits(
        int maxConnectionsPerRoute,
        int maxConnections,
        int maxIdlePerRoute,
        int maxIdleConnections,
        long idleTimeout,
        long maxLifetime) {}

package io.httpipe;

import io.httpipe.internal.connect.DnsCache;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A resolver that keeps the answers of another resolver.
 *
 * {@snippet :
 * Resolver resolver = CachingResolver.ofSystem()
 *         .timeToLive(Duration.ofMinutes(5))
 *         .staleWhileRefreshing(Duration.ofHours(1));
 * Httpipe hp = Httpipe.builder().resolver(resolver).build();
 * }
 *
 * <p>A kept answer costs neither a lookup nor a thread. Threads that need the same lookup at the same time share it,
 * and each of them waits no longer than its own timeouts allow. By default, addresses are kept for 30 seconds and
 * unknown hosts for 5 seconds, and expired answers are not used. The cache keeps 1,000 hosts. When it is full, it
 * removes the answer that expires first. An answer of the JVM's own resolver may already be up to 30 seconds old
 * ({@code networkaddress.cache.ttl}).
 *
 * <p>The settings are immutable, and each copy has a cache of its own. Several clients can share one object.
 * Thread-safe.
 */
public final class CachingResolver implements Resolver {
    private static final DnsCache.Times DEFAULT = new DnsCache.Times(30_000_000_000L, 5_000_000_000L, 0, 1000);

    private final io.httpipe.internal.connect.Resolver source;
    private final DnsCache.Times times;
    private final DnsCache cache;

    private CachingResolver(io.httpipe.internal.connect.Resolver source, DnsCache.Times times) {
        this.source = source;
        this.times = times;
        this.cache = new DnsCache(source, times);
    }

    /** {@return a cache for the JVM's own resolver} */
    public static CachingResolver ofSystem() {
        return new CachingResolver(io.httpipe.internal.connect.Resolver.SYSTEM, DEFAULT);
    }

    /**
     * {@return a cache for another resolver}
     *
     * @param source thread-safe
     */
    public static CachingResolver of(Resolver source) {
        return new CachingResolver(engine(Arguments.notNull("source", source)), DEFAULT);
    }

    /** Converts a resolver to the internal interface. */
    static io.httpipe.internal.connect.Resolver engine(Resolver resolver) {
        return resolver instanceof CachingResolver caching
                ? caching.cache
                : host -> List.copyOf(Objects.requireNonNullElse(resolver.resolve(host), List.of()));
    }

    /**
     * {@return a copy that uses addresses for this long after their lookup; 30 seconds by default}
     *
     * @param timeToLive positive
     */
    public CachingResolver timeToLive(Duration timeToLive) {
        long nanos = NanoClock.nanos(Arguments.positive("timeToLive", timeToLive));
        return new CachingResolver(source, new DnsCache.Times(nanos, times.negative(), times.stale(), times.hosts()));
    }

    /**
     * {@return a copy that does not look up an unknown host again for this long; 5 seconds by default}
     *
     * @param negativeTimeToLive zero or more; with zero, each call looks up an unknown host again. The JVM's own
     *                           resolver remembers unknown hosts too ({@code networkaddress.cache.negative.ttl})
     */
    public CachingResolver negativeTimeToLive(Duration negativeTimeToLive) {
        long nanos = NanoClock.nanos(Arguments.notNegative("negativeTimeToLive", negativeTimeToLive));
        return new CachingResolver(source, new DnsCache.Times(times.positive(), nanos, times.stale(), times.hosts()));
    }

    /**
     * {@return a copy that still uses expired addresses for this long, while another thread looks them up again; zero
     * by default}
     *
     * <p>If a host is used often enough, no call then waits for its lookup. If the host has become unknown, the old
     * addresses are used until this time is over.
     *
     * @param stale zero or more
     */
    public CachingResolver staleWhileRefreshing(Duration stale) {
        long nanos = NanoClock.nanos(Arguments.notNegative("stale", stale));
        return new CachingResolver(
                source, new DnsCache.Times(times.positive(), times.negative(), nanos, times.hosts()));
    }

    /**
     * {@return a copy that keeps the answers for this many hosts; 1,000 by default}
     *
     * @param maxHosts 1 or more
     */
    public CachingResolver maxHosts(int maxHosts) {
        Arguments.atLeast("maxHosts", 1, maxHosts);
        return new CachingResolver(
                source, new DnsCache.Times(times.positive(), times.negative(), times.stale(), maxHosts));
    }

    /**
     * {@inheritDoc} A kept answer is returned at once. Otherwise, your own call of this method waits for the lookup
     * without a time limit. An HTTP call waits no longer than its timeouts allow.
     */
    @Override
    public List<InetAddress> resolve(String host) throws UnknownHostException {
        return cache.resolve(Arguments.notNull("host", host));
    }

    /** Returns the settings. */
    @Override
    public String toString() {
        return new OptionText("CachingResolver")
                .with("timeToLive", Duration.ofNanos(times.positive()))
                .with("negativeTimeToLive", Duration.ofNanos(times.negative()))
                .with("staleWhileRefreshing", Duration.ofNanos(times.stale()))
                .with("maxHosts", times.hosts())
                .toString();
    }
}

package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Caches the answers of another resolver. Thread-safe.
 *
 * <p>A cached answer is returned at once, on the calling thread. All threads that need the same lookup share it, and
 * each waits until its own end time. A lookup that has begun continues and fills the cache, even if no thread waits for
 * it any more. A lookup that gets its slot of {@link DnsLookup} when no thread waits for it any more does not begin. If
 * one lookup of a host ends just when another one begins, the host may be looked up one time more than necessary. That
 * does no harm.
 */
public final class DnsCache implements Resolver {
    /**
     * How long answers are kept. All times are in nanoseconds.
     *
     * @param positive how long addresses are used
     * @param negative how long an unknown host is cached as unknown, and how long the next refresh waits after one that
     *                 has failed; with 0, an unknown host is not cached, and the next call refreshes again
     * @param stale    how long addresses are still used after the time {@code positive}, while they are looked up
     *                 again; 0 for not at all
     * @param hosts    how many hosts are cached at most
     */
    public record Times(long positive, long negative, long stale, int hosts) {}

    /** The addresses of a host; none if it is unknown. */
    private record Answer(List<InetAddress> addresses, long freshUntil, long staleUntil) {}

    /** If a lookup is at least this old, no further thread joins it. The next thread starts another lookup. */
    static final long STUCK_NANOS = 30_000_000_000L;

    private static final int DROPPED = -1;

    private final Resolver source;
    private final Times times;
    private final LongSupplier clock;

    /** Null if the number of lookups is not limited. */
    private final @Nullable Semaphore slots;

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Lookup> lookups = new ConcurrentHashMap<>();

    /** Creates an empty cache. */
    public DnsCache(Resolver source, Times times) {
        this(source, times, NanoClock::now, source.equals(Resolver.SYSTEM) ? DnsLookup.SYSTEM_SLOTS : null);
    }

    DnsCache(Resolver source, Times times, LongSupplier clock, @Nullable Semaphore slots) {
        this.source = source;
        this.times = times;
        this.clock = clock;
        this.slots = slots;
    }

    @Override
    public List<InetAddress> resolve(String host) throws UnknownHostException {
        try {
            return find(host, NanoClock.NEVER, null);
        } catch (UnknownHostException e) {
            throw e;
        } catch (IOException e) {
            UnknownHostException unknown = new UnknownHostException(host);
            unknown.initCause(e);
            throw unknown;
        }
    }

    @Override
    public List<InetAddress> resolveBy(String host, long expiresAt, CallTimeouts timeouts) throws IOException {
        return Resolver.isLiteral(host) ? List.of(InetAddress.getByName(host)) : find(host, expiresAt, timeouts);
    }

    private List<InetAddress> find(String host, long expiresAt, @Nullable CallTimeouts timeouts) throws IOException {
        Answer known = answers.get(host);
        long now = clock.getAsLong();
        List<InetAddress> found;
        if (known != null && now < known.freshUntil) {
            found = known.addresses;
        } else if (known != null && now < known.staleUntil) {
            found = known.addresses;
            refresh(host);
        } else {
            // If a query fails because no descriptor is free, the JDK caches the host as unknown for a while.
            NoDescriptorException.requireOne();
            Lookup lookup = join(host);
            try {
                found = await(lookup, expiresAt, timeouts);
            } finally {
                lookup.leave();
            }
        }
        if (found.isEmpty()) {
            throw new UnknownHostException(host);
        }
        return found;
    }

    /** Starts a lookup that only updates the cache. If that is impossible now, a later call tries again. */
    private void refresh(String host) {
        try {
            // This lookup is never left, so that it is never dropped.
            Lookup unused = join(host);
        } catch (OutOfMemoryError e) {
            // No thread could be started. The old addresses are still usable.
        }
    }

    /** Returns the running lookup of a host, or starts one. The caller must call {@link Lookup#leave} later. */
    private Lookup join(String host) {
        while (true) {
            long now = clock.getAsLong();
            Lookup running = lookups.get(host);
            if (running != null && now - running.startedAt < STUCK_NANOS && running.join()) {
                return running;
            }
            Lookup next = new Lookup(host, now);
            if (running == null ? lookups.putIfAbsent(host, next) == null : lookups.replace(host, running, next)) {
                start(next, now);
                return next;
            }
        }
    }

    private void start(Lookup lookup, long now) {
        Answer known = answers.get(lookup.host);
        boolean started = false;
        try {
            if (known != null && now < known.freshUntil) {
                // Another lookup has ended meanwhile.
                lookup.result.complete(known.addresses);
            } else {
                lookup.start();
                started = true;
            }
        } finally {
            if (!started) {
                lookups.remove(lookup.host, lookup);
                lookup.result.completeExceptionally(new IOException("no thread could be started"));
            }
        }
    }

    private static List<InetAddress> await(Lookup lookup, long expiresAt, @Nullable CallTimeouts timeouts)
            throws IOException {
        try {
            // Other threads may wait for the same lookup. Cancelling the copy does not affect them.
            return TimedWait.get(lookup.result.copy(), expiresAt, timeouts);
        } catch (ExecutionException e) {
            // All waiting threads share the exception, so each thread wraps it.
            Throwable cause = e.getCause();
            throw cause instanceof NoDescriptorException
                    ? new NoDescriptorException(cause.getMessage(), cause)
                    : new IOException("the resolver failed for " + lookup.host, cause);
        }
    }

    /** Keeps the answer of a lookup. */
    private void keep(String host, List<InetAddress> addresses) {
        long now = clock.getAsLong();
        Answer known = answers.get(host);
        Answer answer;
        if (!addresses.isEmpty()) {
            long freshUntil = NanoClock.plus(now, times.positive);
            answer = new Answer(addresses, freshUntil, NanoClock.plus(freshUntil, times.stale));
        } else if (known != null && !known.addresses.isEmpty() && now < known.staleUntil) {
            // The old addresses are better than none.
            long again = Math.min(known.staleUntil, NanoClock.plus(now, times.negative));
            answer = new Answer(known.addresses, again, known.staleUntil);
        } else {
            long freshUntil = NanoClock.plus(now, times.negative);
            answer = new Answer(addresses, freshUntil, freshUntil);
        }
        if (answer.staleUntil <= now) {
            answers.remove(host);
            return;
        }
        if (answers.size() >= times.hosts && !answers.containsKey(host)) {
            makeSpace(now);
        }
        answers.put(host, answer);
    }

    /**
     * Uses the old addresses for a while after a refresh that has failed, so that not every call repeats the refresh.
     */
    private void postponeRefresh(String host) {
        long now = clock.getAsLong();
        Answer known = answers.get(host);
        if (known != null && known.freshUntil <= now && now < known.staleUntil) {
            long again = Math.min(known.staleUntil, NanoClock.plus(now, times.negative));
            answers.replace(host, known, new Answer(known.addresses, again, known.staleUntil));
        }
    }

    /** Removes the expired answers. If that is not enough, removes the answer that expires first. */
    private void makeSpace(long now) {
        answers.values().removeIf(answer -> answer.staleUntil <= now);
        while (answers.size() >= times.hosts) {
            String first = null;
            long end = Long.MAX_VALUE;
            for (Map.Entry<String, Answer> entry : answers.entrySet()) {
                if (first == null || entry.getValue().staleUntil < end) {
                    first = entry.getKey();
                    end = entry.getValue().staleUntil;
                }
            }
            if (first == null) {
                return;
            }
            answers.remove(first);
        }
    }

    /** Asks the source one time, on a thread of its own, and passes its answer to all threads that wait. */
    private final class Lookup extends DnsLookup {
        private final String host;
        private final long startedAt;
        private final CompletableFuture<List<InetAddress>> result = new CompletableFuture<>();

        /** How many callers want the result; {@link #DROPPED} if none did when the lookup got its slot. */
        private final AtomicInteger wanted = new AtomicInteger(1);

        Lookup(String host, long startedAt) {
            super(source, host, slots);
            this.host = host;
            this.startedAt = startedAt;
        }

        /** Counts another caller. Returns false if the lookup has been dropped. */
        boolean join() {
            return wanted.getAndUpdate(count -> count == DROPPED ? DROPPED : count + 1) != DROPPED;
        }

        void leave() {
            wanted.decrementAndGet();
        }

        @Override
        protected void cancelIfUnwanted() {
            if (wanted.compareAndSet(0, DROPPED)) {
                cancel(false);
            }
        }

        @Override
        protected void done() {
            Throwable failure = null;
            List<InetAddress> addresses = List.of();
            try {
                addresses = List.copyOf(get());
            } catch (ExecutionException e) {
                failure = failure(Objects.requireNonNullElse(e.getCause(), e));
            } catch (Throwable e) {
                failure = e;
            }
            if (failure == null) {
                keep(host, addresses);
            } else {
                postponeRefresh(host);
            }
            lookups.remove(host, this);
            if (failure == null) {
                result.complete(addresses);
            } else {
                result.completeExceptionally(failure);
            }
        }

        /** Returns null if the host is certainly unknown, otherwise why that is uncertain. */
        private static @Nullable Throwable failure(Throwable cause) {
            try {
                // A resolver that has no free descriptor often reports only that the host is unknown.
                NoDescriptorException.requireOne();
            } catch (IOException e) {
                return e;
            }
            return cause instanceof UnknownHostException ? null : cause;
        }
    }
}

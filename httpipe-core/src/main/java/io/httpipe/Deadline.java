package io.httpipe;

import io.httpipe.internal.connect.Ticks;
import java.time.Duration;

/**
 * A moment by which all of a call must be over: waiting for a connection, name lookup, connecting, TLS, sending,
 * reading, and a second attempt if there is one.
 *
 * {@snippet :
 * Deadline deadline = Deadline.after(Duration.ofSeconds(2));
 * Response user = hp.request(Request.get(userUri).deadline(deadline));
 * Response orders = hp.request(Request.get(ordersUri).deadline(deadline)); // what the first has left
 * }
 *
 * <p>A call that runs into it throws {@link TimedOutException} and closes its connection. Immutable and thread-safe.
 */
public final class Deadline {
    /** The deadline that never comes. */
    public static final Deadline NONE = new Deadline(Ticks.NEVER);

    /** What surrounds the present thread; asked only once anybody has used it, for a look costs each thread a map. */
    private static final InheritableThreadLocal<Deadline> AMBIENT = new InheritableThreadLocal<>();

    private static volatile boolean ambientUsed;

    private final long ticks;

    private Deadline(long ticks) {
        this.ticks = ticks;
    }

    /**
     * {@return the moment this long from now}
     *
     * @param duration positive
     * @throws IllegalArgumentException if the duration is null, zero or negative
     */
    public static Deadline after(Duration duration) {
        return new Deadline(Ticks.after(Ticks.nanos(Check.positive("duration", duration))));
    }

    /**
     * Something to be done in time.
     *
     * @param <T> what it gives
     * @param <X> what it may throw
     */
    @FunctionalInterface
    public interface Work<T, X extends Exception> {
        /**
         * Does it.
         *
         * @return what it gives
         * @throws X if it fails
         */
        T run() throws X;
    }

    /**
     * Does something whose calls, in this thread and in those that it starts meanwhile, must all be over this long from
     * now. A tighter deadline around it, or of a call itself, holds as well. It counts for calls that begin inside: a
     * response that was opened before, or a request sent, keeps the deadline that it had.
     *
     * {@snippet :
     * Page page = Deadline.within(Duration.ofSeconds(2), () -> {
     *     try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
     *         Future<Response> user = threads.submit(() -> hp.get(userUri));
     *         Future<Response> cart = threads.submit(() -> hp.get(cartUri));
     *         return new Page(user.get(), cart.get());
     *     }
     * });
     * }
     *
     * @param <T>      what the work gives
     * @param <X>      what the work may throw
     * @param duration positive
     * @param work     done on this thread; it is not interrupted when time is over, only its calls end
     * @return what the work gives
     * @throws X                        what the work throws
     * @throws IllegalArgumentException if the duration is null, zero or negative, or the work null
     */
    public static <T, X extends Exception> T within(Duration duration, Work<T, X> work) throws X {
        Check.notNull("work", work);
        ambientUsed = true;
        Deadline outer = AMBIENT.get();
        AMBIENT.set(after(duration).earlier(outer == null ? NONE : outer));
        try {
            return work.run();
        } finally {
            if (outer == null) {
                AMBIENT.remove();
            } else {
                AMBIENT.set(outer);
            }
        }
    }

    /** The deadline that surrounds the present thread. */
    static Deadline ambient() {
        Deadline ambient = ambientUsed ? AMBIENT.get() : null;
        return ambient == null ? NONE : ambient;
    }

    /** {@return the time left; zero when it is over, about 292 years for {@link #NONE}} */
    public Duration remaining() {
        return Duration.ofNanos(ticks == Ticks.NEVER ? ticks : Math.max(0, ticks - Ticks.now()));
    }

    /** {@return whether the moment has passed} */
    public boolean isExpired() {
        return ticks <= Ticks.now();
    }

    /**
     * {@return the tighter one of the two}
     *
     * @param other may be {@link #NONE}
     */
    public Deadline earlier(Deadline other) {
        return Check.notNull("other", other).ticks < ticks ? other : this;
    }

    long ticks() {
        return ticks;
    }

    @Override
    public String toString() {
        return ticks == Ticks.NEVER ? "no deadline" : "deadline in " + remaining();
    }
}

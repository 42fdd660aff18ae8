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

    private final long ticks;

    private Deadline(long ticks) {
        this.ticks = ticks;
    }

    /**
     * The moment this long from now.
     *
     * @throws IllegalArgumentException if the duration is null, zero or negative
     */
    public static Deadline after(Duration duration) {
        return new Deadline(Ticks.after(Ticks.nanos(Check.positive("duration", duration))));
    }

    /** The time left; zero when it is over. */
    public Duration remaining() {
        return Duration.ofNanos(ticks == Ticks.NEVER ? ticks : Math.max(0, ticks - Ticks.now()));
    }

    /** Whether the moment has passed. */
    public boolean isExpired() {
        return ticks <= Ticks.now();
    }

    /** The tighter one of the two. */
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

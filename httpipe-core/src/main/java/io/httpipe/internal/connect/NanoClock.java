package io.httpipe.internal.connect;

import java.time.Duration;

/** Monotonic time in nanoseconds since this class was loaded: never negative, so that plain comparison is right. */
public final class NanoClock {
    /** The time that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final long START = System.nanoTime();

    private NanoClock() {}

    public static long now() {
        return System.nanoTime() - START;
    }

    /** The time this many nanoseconds from now; {@link #NEVER} for a span that has no end. */
    public static long after(long nanos) {
        return nanos == NEVER ? NEVER : plus(now(), Math.max(0, nanos));
    }

    /** This many nanoseconds after a time; {@link #NEVER} if that is beyond counting. */
    public static long plus(long time, long nanos) {
        long sum = time + nanos;
        return sum < 0 ? NEVER : sum;
    }

    /** The span in nanoseconds, {@link #NEVER} where it is longer than 292 years. */
    public static long nanos(Duration duration) {
        return duration.toSeconds() > Long.MAX_VALUE / 1_000_000_000 - 1 ? NEVER : duration.toNanos();
    }
}

package io.httpipe.internal.connect;

import java.time.Duration;

/**
 * Measures monotonic time in nanoseconds since this class was loaded. Times are never negative, so that they can be
 * compared with {@code <}.
 */
public final class NanoClock {
    /** A time that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final long START = System.nanoTime();

    private NanoClock() {}

    public static long now() {
        return System.nanoTime() - START;
    }

    /** The time this many nanoseconds from now; {@link #NEVER} if {@code nanos} is {@code NEVER}. */
    public static long after(long nanos) {
        return nanos == NEVER ? NEVER : plus(now(), Math.max(0, nanos));
    }

    /** The time this many nanoseconds after another; {@link #NEVER} if the sum overflows. */
    public static long plus(long time, long nanos) {
        long sum = time + nanos;
        return sum < 0 ? NEVER : sum;
    }

    /** The duration in nanoseconds; {@link #NEVER} if it is longer than 292 years. */
    public static long nanos(Duration duration) {
        return duration.toSeconds() > Long.MAX_VALUE / 1_000_000_000 - 1 ? NEVER : duration.toNanos();
    }
}

package io.httpipe.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock that moves only when a test says so.
 *
 * {@snippet :
 * FakeClock clock = FakeClock.at(Instant.parse("2026-01-01T00:00:00Z"));
 * CookieStore cookies = CookieStore.inMemory(suffixes, clock);
 * cookies.add("http://a.test/", "id=1; Max-Age=60");
 * clock.advance(Duration.ofSeconds(61));
 * }
 *
 * <p>{@link io.httpipe.Retries#clock} takes it for the dates of {@code Retry-After}, and
 * {@link io.httpipe.CookieStore#inMemory(io.httpipe.PublicSuffixes, java.time.InstantSource)} for the age of cookies.
 * Timeouts, deadlines, backoff and the lifetime of access tokens use the monotonic clock of the JVM, which cannot be
 * replaced. To test what code does after a timeout, throw {@link Failures#timedOut}, or use a short timeout. To test
 * retries without waits, use {@link io.httpipe.Retries#backoff} with zero.
 *
 * <p>Thread-safe.
 */
public final class FakeClock extends Clock {
    private final AtomicReference<Instant> now;
    private final ZoneId zone;

    private FakeClock(AtomicReference<Instant> now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    /**
     * {@return a clock that shows this time, in UTC}
     *
     * @param start the time
     */
    public static FakeClock at(Instant start) {
        return new FakeClock(new AtomicReference<>(start), ZoneOffset.UTC);
    }

    /**
     * Moves the clock.
     *
     * @param duration how far; a negative one moves it back
     */
    public void advance(Duration duration) {
        now.updateAndGet(time -> time.plus(duration));
    }

    /**
     * Sets the clock.
     *
     * @param time what it shows from now on
     */
    public void set(Instant time) {
        now.set(time);
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** {@return the same clock in another zone: both move together} */
    @Override
    public Clock withZone(ZoneId newZone) {
        return new FakeClock(now, newZone);
    }

    /** Returns the time. */
    @Override
    public String toString() {
        return "FakeClock[" + now + "]";
    }
}

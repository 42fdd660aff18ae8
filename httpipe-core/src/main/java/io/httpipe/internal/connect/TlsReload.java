package io.httpipe.internal.connect;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Follows a source of TLS settings. The source runs on the thread of a call, at most once a second and never twice at
 * the same time. Other calls do not wait for it: they use the present settings. If the source fails, the present
 * settings stay in use, and a warning goes to the logger {@code io.httpipe}. Thread-safe.
 */
public final class TlsReload {
    private static final long INTERVAL_NANOS = 1_000_000_000;

    private final Callable<TlsSettings> source;
    private final LongSupplier clock;

    /** When a call asks the source again; {@link NanoClock#NEVER} while it is being asked. */
    private final AtomicLong askAt = new AtomicLong();

    private volatile TlsSettings current;

    /** Whether the source failed last time. Only the thread that asks uses it. */
    private boolean failing;

    /**
     * Follows a source that has just been asked.
     *
     * @param first its answer
     * @param clock times as {@link NanoClock#now} gives them
     */
    TlsReload(TlsSettings first, Callable<TlsSettings> source, LongSupplier clock) {
        this.source = source;
        this.current = checked(first);
        this.clock = clock;
        askAt.set(NanoClock.plus(clock.getAsLong(), INTERVAL_NANOS));
    }

    /**
     * Returns the present settings. Asks the source for them if a second has passed since it was last asked.
     *
     * @param deadline applies to the calls of the source, too
     */
    TlsSettings current(long deadline) {
        long due = askAt.get();
        if (clock.getAsLong() >= due && askAt.compareAndSet(due, NanoClock.NEVER)) {
            ask(deadline);
        }
        return current;
    }

    private void ask(long deadline) {
        boolean answered = false;
        try {
            // Once a deadline scope has been used, every call pays for it. So none is used without need.
            TlsSettings answer = checked(
                    deadline == NanoClock.NEVER
                            ? source.call()
                            : Deadlines.<TlsSettings, Exception>around(deadline, source::call));
            answered = true;
            if (!answer.equals(current)) {
                current = answer;
            }
        } catch (Exception e) {
            // An interrupt ends the call, and says nothing about the source.
            if (!failing && !Thread.currentThread().isInterrupted()) {
                System.getLogger("io.httpipe")
                        .log(
                                System.Logger.Level.WARNING,
                                "the TlsSource failed; its last settings stay in use until it works again",
                                e);
                failing = true;
            }
        } finally {
            failing &= !answered;
            askAt.set(NanoClock.plus(clock.getAsLong(), INTERVAL_NANOS));
        }
    }

    private static TlsSettings checked(TlsSettings settings) {
        if (settings.isReloaded()) {
            throw new IllegalStateException("a TlsSource returned a Tls that follows a TlsSource");
        }
        return settings;
    }

    @Override
    public String toString() {
        return current.toString();
    }
}

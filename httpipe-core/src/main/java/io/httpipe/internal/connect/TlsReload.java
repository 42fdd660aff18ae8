package io.httpipe.internal.connect;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Follows a source of TLS settings. The source runs on a thread of its own, at most once a second and never twice at
 * the same time. The call that has started it waits for its answer. Other calls do not wait; they use the present
 * settings. If the source fails, or does not answer in time, the present settings stay in use, and a warning goes to
 * the logger {@code io.httpipe}. Thread-safe.
 */
public final class TlsReload {
    private static final long INTERVAL_NANOS = 1_000_000_000;
    private static final String STAY = "; its last settings stay in use until it works again";

    private final Callable<TlsSettings> source;
    private final LongSupplier clock;

    /** When a call asks the source again; {@link NanoClock#NEVER} while the source is being asked. */
    private final AtomicLong askAt = new AtomicLong();

    private volatile TlsSettings current;

    /** Whether a warning has been logged since the source last worked. */
    private final AtomicBoolean warned = new AtomicBoolean();

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
     * Returns the present settings. Asks the source for them if a second has passed since it last answered or failed.
     * That may take as long as the connect timeout. {@link CallTimeouts#abortOpening} ends the wait.
     *
     * @throws IOException if the deadline of the call is over, the thread is interrupted, or the wait is aborted. The
     *                     source continues to run then
     */
    TlsSettings current(CallTimeouts timeouts) throws IOException {
        long due = askAt.get();
        if (clock.getAsLong() >= due && askAt.compareAndSet(due, NanoClock.NEVER)) {
            await(start(), timeouts);
        }
        return current;
    }

    /** Asks the source on another thread, because no deadline can end the code of a user. */
    private CompletableFuture<TlsSettings> start() {
        // Cancelling this future ends the wait, but not the source.
        CompletableFuture<TlsSettings> asked = new CompletableFuture<>();
        Thread.Builder builder = Thread.currentThread().isVirtual()
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        boolean started = false;
        try {
            builder.name("httpipe-tls-source")
                    .inheritInheritableThreadLocals(false)
                    .start(() -> ask(asked));
            started = true;
        } finally {
            if (!started) {
                askAgainLater();
            }
        }
        return asked;
    }

    private void await(CompletableFuture<TlsSettings> asked, CallTimeouts timeouts) throws IOException {
        try {
            TimedWait.get(asked, timeouts.enter(CallStep.HANDSHAKE), timeouts);
        } catch (ExpiredException e) {
            if (timeouts.endsWithDeadline() || timeouts.isExpired()) {
                throw e;
            }
            // The connect timeout is over. The call has time left to use the present settings.
            warn("the TlsSource does not answer" + STAY, null);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Error error ? error : new AssertionError(e.getCause());
        }
    }

    private void ask(CompletableFuture<TlsSettings> asked) {
        try {
            TlsSettings answer = checked(source.call());
            if (!answer.equals(current)) {
                current = answer;
            }
            warned.set(false);
        } catch (Exception e) {
            warn("the TlsSource failed" + STAY, e);
        } catch (Error e) {
            asked.completeExceptionally(e);
        } finally {
            askAgainLater();
            asked.complete(current);
        }
    }

    private void askAgainLater() {
        askAt.set(NanoClock.plus(clock.getAsLong(), INTERVAL_NANOS));
    }

    private void warn(String message, @Nullable Exception e) {
        if (warned.compareAndSet(false, true)) {
            System.getLogger("io.httpipe").log(System.Logger.Level.WARNING, message, e);
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

package io.httpipe.internal.connect;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the result of another thread. Giving up the wait cancels the future, but does not interrupt that thread.
 */
final class TimedWait {
    private TimedWait() {}

    /**
     * Returns the result.
     *
     * @param timeouts {@link CallTimeouts#abortOpening} cancels the future, which ends the wait; null if the caller has
     *                 arranged that itself, or if nothing can abort the wait
     * @throws ExpiredException           if the time is over
     * @throws ClosedByInterruptException if this thread is interrupted; its flag stays set
     * @throws ClosedChannelException     if the opening has been aborted
     * @throws ExecutionException         if the work has failed
     */
    static <T> T get(Future<T> work, long expiresAt, @Nullable CallTimeouts timeouts)
            throws IOException, ExecutionException {
        if (timeouts != null) {
            timeouts.closeOnAbort(() -> work.cancel(false));
        }
        try {
            long wait = expiresAt == NanoClock.NEVER ? NanoClock.NEVER : expiresAt - NanoClock.now();
            return work.get(wait, TimeUnit.NANOSECONDS);
        } catch (CancellationException e) {
            throw new ClosedChannelException();
        } catch (TimeoutException e) {
            work.cancel(false);
            throw new ExpiredException();
        } catch (InterruptedException e) {
            work.cancel(false);
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        }
    }
}

package io.httpipe.internal.policy;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import org.jspecify.annotations.Nullable;

/** Recognizes failures whose true cause is the end of the call itself. */
final class CallEnd {
    private CallEnd() {}

    /** Returns what to throw if the current thread is interrupted or the deadline has passed; null otherwise. */
    static @Nullable IOException after(Throwable failure, CallTimeouts timeouts) {
        if (Thread.currentThread().isInterrupted()) {
            ClosedByInterruptException interrupt = new ClosedByInterruptException();
            interrupt.initCause(failure);
            return interrupt;
        }
        if (timeouts.isExpired()) {
            ExpiredException expired = new ExpiredException();
            expired.addSuppressed(failure);
            return expired;
        }
        return null;
    }
}

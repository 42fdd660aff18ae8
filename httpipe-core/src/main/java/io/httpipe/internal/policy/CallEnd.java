package io.httpipe.internal.policy;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import org.jspecify.annotations.Nullable;

/** Recognizes failures that come from an interrupt or from the deadline of the call. */
final class CallEnd {
    private CallEnd() {}

    /** Returns the exception to throw if the thread is interrupted or the deadline has passed; null otherwise. */
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

package io.httpipe.internal.call;

import io.httpipe.internal.pool.ConnectionPool;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * Finds a streamed response that was dropped without being closed: says so in the log of {@code io.httpipe},
 * ends its upload and closes its connection. Thread-safe.
 */
final class LeakDetector {
    private static final System.Logger LOG = System.getLogger("io.httpipe");
    private static final Cleaner CLEANER = Cleaner.create();

    private final Lease lease;
    private final Cleaner.Cleanable cleanable;

    /**
     * Guards a call until {@link #settled}.
     *
     * @param trace whether to remember where the present method was called
     */
    LeakDetector(Call call, ConnectionPool pool, Conversation conversation, boolean trace) {
        this.lease = new Lease(pool, conversation, trace ? new Throwable("opened here") : null);
        this.cleanable = CLEANER.register(call, lease);
    }

    /** Tells that the connection is no longer the call's. */
    void settled() {
        lease.settled = true;
        cleanable.clean();
    }

    /** What is left when the call is gone; it must not lead back there. */
    private static final class Lease implements Runnable {
        private final ConnectionPool pool;
        private final Conversation conversation;
        private final String request;
        private final @Nullable Throwable opened;
        private volatile boolean settled;

        Lease(ConnectionPool pool, Conversation conversation, @Nullable Throwable opened) {
            this.pool = pool;
            this.conversation = conversation;
            this.request = conversation.request().toString();
            this.opened = opened;
        }

        @Override
        public void run() {
            if (!settled) {
                String hint = opened == null ? "; Httpipe.Builder.traceLeaks tells where it was opened" : "";
                String message = "the response to " + request + " was never closed" + hint;
                try {
                    LOG.log(System.Logger.Level.WARNING, message, opened);
                } finally {
                    // An upload that goes on may be within a write, for which an orderly close would wait.
                    conversation.abandonSending();
                    pool.discard(conversation.connection());
                }
            }
        }
    }
}

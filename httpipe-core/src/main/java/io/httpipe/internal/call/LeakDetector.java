package io.httpipe.internal.call;

import io.httpipe.internal.pool.ConnectionPool;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * Finds a streamed response that became garbage without being closed. Logs a warning to {@code io.httpipe}, ends the
 * upload of the request if it still runs, and closes the connection. Thread-safe.
 */
public final class LeakDetector {
    private static final System.Logger LOG = System.getLogger("io.httpipe");
    private static final Cleaner CLEANER = Cleaner.create();

    private final Lease lease;
    private final Cleaner.Cleanable cleanable;

    /**
     * Watches a call until {@link #settled}.
     *
     * @param trace whether to remember the stack trace of this constructor's caller for the warning
     */
    LeakDetector(Call call, ConnectionPool pool, Conversation conversation, boolean trace) {
        this.lease = new Lease(pool, conversation, trace ? new Throwable("opened here") : null);
        this.cleanable = CLEANER.register(call, lease);
    }

    /** Runs an action one time: when an object has become garbage, or when the returned {@link Runnable} is run. */
    public static Runnable whenGarbage(Object object, Runnable action) {
        return CLEANER.register(object, action)::clean;
    }

    /** Must be called as soon as the call no longer owns its connection. */
    void settled() {
        lease.settled = true;
        cleanable.clean();
    }

    /** The data that the cleaner needs when the call is garbage. A reference to the call would keep the call alive. */
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
                String hint = opened == null ? "; Httpipe.Builder.traceLeaks shows where it was opened" : "";
                String message = "the response to " + request + " was never closed" + hint;
                try {
                    LOG.log(System.Logger.Level.WARNING, message, opened);
                } finally {
                    // A background upload may be inside a write, and an orderly close would wait for it.
                    conversation.abandonSending();
                    pool.discard(conversation.connection());
                }
            }
        }
    }
}

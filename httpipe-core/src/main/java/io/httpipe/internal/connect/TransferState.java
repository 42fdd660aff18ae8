package io.httpipe.internal.connect;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;

/**
 * Decides which thread closes a channel over which the kernel may be transferring a file. Thread-safe.
 *
 * <p>On JDK 21 a transfer uses the number of the file descriptor. Another socket may get that number as soon as this
 * one is closed. A close during a transfer is therefore left to the transferring thread.
 */
final class TransferState {
    private static final int OPEN = 0;
    private static final int TRANSFERRING = 1;
    private static final int CLOSE_REQUESTED = 2;
    private static final int CLOSED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(TransferState.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int state = OPEN;

    /** Starts a transfer. There is at most one at a time. */
    void begin() throws ClosedChannelException {
        if (!STATE.compareAndSet(this, OPEN, TRANSFERRING)) {
            throw new ClosedChannelException();
        }
    }

    /** Ends the transfer. Returns true if the caller must now close the channel. */
    boolean end() {
        if (STATE.compareAndSet(this, TRANSFERRING, OPEN)) {
            return false;
        }
        state = CLOSED;
        return true;
    }

    /** Asks to close. Returns true if the caller must close the channel, false if the transferring thread will. */
    boolean requestClose() {
        while (true) {
            int current = state;
            if (current == CLOSE_REQUESTED
                    || current == TRANSFERRING && STATE.compareAndSet(this, TRANSFERRING, CLOSE_REQUESTED)) {
                return false;
            }
            if (current != TRANSFERRING && STATE.compareAndSet(this, current, CLOSED)) {
                return true;
            }
        }
    }
}

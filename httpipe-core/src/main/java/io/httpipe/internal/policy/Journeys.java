package io.httpipe.internal.policy;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.BooleanSupplier;

/** Starts journeys, and keeps what all journeys over one pool share: waits and retry budgets. Thread-safe. */
public final class Journeys {
    private final Waits waits = new Waits();
    private final RetryBudgets budgets = new RetryBudgets();

    /**
     * Returns a journey that starts now.
     *
     * @param maxBodySize the limit of the body in bytes
     * @param maxRatio    the limit of decoded bytes for each encoded byte
     * @param streamed    whether the response is read as it arrives
     */
    public Journey journey(
            CallFactory calls, Outgoing request, Policies policies, long maxBodySize, int maxRatio, boolean streamed) {
        return new Journey(calls, waits, budgets, request, policies, maxBodySize, maxRatio, streamed);
    }

    /**
     * Waits before the next call of a download or an event stream. Holds no connection. Fails at once if the wait
     * would not end before the deadline.
     *
     * @param budget  the limits of all calls of this download or event stream together
     * @param address where the next call goes
     * @param ended   whether to end the wait early; the thread that makes this true unparks the waiting thread
     */
    public void pause(CallTimeouts budget, SocketAddress address, long nanos, BooleanSupplier ended)
            throws CallFailedException {
        budget.enter(CallStep.PAUSE);
        try {
            long end = NanoClock.after(nanos);
            if (end >= budget.deadline() && budget.deadline() != NanoClock.NEVER) {
                throw new ExpiredException("", !budget.isExpired());
            }
            waits.until(end, ended);
        } catch (IOException e) {
            throw CallFailedException.of(e, address, budget);
        }
    }

    /** Ends all journeys that wait, now and later. */
    public void close() {
        waits.close();
    }
}

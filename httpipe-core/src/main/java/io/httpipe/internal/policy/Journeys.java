package io.httpipe.internal.policy;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.Outgoing;

/** What all journeys over one pool share: their waits, and the budgets of their retries. Thread-safe. */
public final class Journeys {
    private final Waits waits = new Waits();
    private final RetryBudgets budgets = new RetryBudgets();

    /**
     * Returns a journey that starts now.
     *
     * @param maxBodySize the limit of the body in bytes
     * @param streamed    whether the response is read as it arrives
     */
    public Journey journey(CallFactory calls, Outgoing request, Policies policies, long maxBodySize, boolean streamed) {
        return new Journey(calls, waits, budgets, request, policies, maxBodySize, streamed);
    }

    /** Ends all journeys that wait, now and later. */
    public void close() {
        waits.close();
    }
}

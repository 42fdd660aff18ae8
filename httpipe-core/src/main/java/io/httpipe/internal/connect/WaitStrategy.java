package io.httpipe.internal.connect;

/**
 * Learns how the calls of a route best wait for their answers: in a blocking read, after a yield, or together.
 *
 * <p>Parking is the expensive part of a read. If other virtual threads are ready to run, a yield lets them run first.
 * The answer has often arrived when this thread runs again, so the read does not have to park. If no other thread is
 * ready, or the server is slow, a yield gains nothing. Threads therefore yield only as long as yielding pays, and try
 * again now and then. If it pays and several calls are under way, they wait together in the {@link SharedPoller}.
 *
 * <p>Thread-safe without synchronization, because an update that is lost in a race does no harm.
 */
public final class WaitStrategy {
    /** The credit for a yield that pays. Parking costs more than this many yields that do not pay. */
    private static final int GAIN = 8;

    /** The limit of the credit. It allows many misses in a row, for example while the server waits for a processor. */
    private static final int MAX_CREDIT = 1024 * GAIN;

    /** While yielding does not pay, one call in this many tries it. */
    private static final int TRIAL_INTERVAL = 8;

    /**
     * If there is only one call, its yield lets no other call run. Such a yield is only a short wait, and it has a
     * cost: it wakes a second carrier. One such yield that does not pay cancels this many yields that pay.
     */
    private static final int ALONE_LOSS = 3;

    /** While yielding does not pay for a single call, one call in this many tries it. */
    private static final int ALONE_TRIAL_INTERVAL = 64;

    /** The number of concurrent calls at which they begin to wait together. */
    private static final int MIN_CALLS = 4;

    /** The credit at which calls begin to wait together. They continue as long as there is any credit. */
    private static final int MIN_CREDIT = 8 * GAIN;

    /**
     * Rises with each success and falls with each miss. At 0, calls stop waiting together, and yield only as a trial.
     */
    private int credit;

    private boolean together;
    private int callsWithoutCredit;

    /**
     * Whether a call should wait together with the others.
     *
     * @param concurrentCalls the number of concurrent calls, including this one
     */
    public boolean waitsTogether(int concurrentCalls) {
        if (!together && concurrentCalls >= MIN_CALLS && credit >= MIN_CREDIT) {
            together = true;
        }
        return together;
    }

    /**
     * Yields if that has paid recently, and otherwise now and then as a trial. A platform thread never yields here.
     *
     * @param concurrentCalls the number of concurrent calls, including this one
     * @return whether it has yielded; the caller must then report the result to {@link #recordYield}
     */
    @SuppressWarnings("ThreadPriorityCheck") // the yield affects speed only
    public boolean yieldIfItPays(int concurrentCalls) {
        int interval = concurrentCalls > 1 ? TRIAL_INTERVAL : ALONE_TRIAL_INTERVAL;
        if (credit <= 0 && ++callsWithoutCredit % interval != 0
                || !Thread.currentThread().isVirtual()) {
            return false;
        }
        Thread.yield();
        return true;
    }

    /** Learns whether there was something to read after a yield. */
    public void recordYield(boolean paid, int concurrentCalls) {
        if (concurrentCalls > 1) {
            addCredit(paid ? GAIN : -1);
        } else {
            addCredit(paid ? 1 : -ALONE_LOSS);
        }
    }

    /** Learns whether waiting together has paid for a call. Success adds little credit, failure takes much. */
    void recordTogether(boolean paid) {
        addCredit(paid ? 1 : -GAIN);
    }

    private void addCredit(int change) {
        int next = Math.clamp(credit + change, 0, MAX_CREDIT);
        if (next != credit) {
            credit = next;
            together &= next > 0;
        }
    }
}

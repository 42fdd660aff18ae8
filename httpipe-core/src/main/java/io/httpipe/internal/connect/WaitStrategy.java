package io.httpipe.internal.connect;

/**
 * Learns how calls best wait for their answers, and lets other virtual threads go first where one is about to. Parking
 * is the dear part of a read: where others are ready to run, the answer is often there when this thread's turn comes
 * again, and the read need not park at all. Where nobody else runs, or the server is slow, yielding gains nothing; so
 * it goes on only as long as it pays, and is tried again now and then. Where it pays and there are several calls, they
 * wait together, with the {@link SharedPoller}.
 *
 * <p>Thread-safe without any synchronization: an update that gets lost in a race does no harm.
 */
public final class WaitStrategy {
    /** To park costs more than so many yields, so one that pays makes up for others that do not. */
    private static final int GAIN = 8;

    /** How far success is remembered: beyond the many misses in a row while a busy machine has the server wait its turn. */
    private static final int MOST = 1024 * GAIN;

    /** Where it does not pay, one call in so many tries. */
    private static final int TRIALS = 8;

    /**
     * A call that is the only one lets nobody go first: its yield is a short wait in which a second carrier is woken for
     * it. One in vain outweighs so many that paid, and it is tried more seldom.
     */
    private static final int ALONE_LOSS = 3;

    private static final int ALONE_TRIALS = 64;

    /** So many calls at once begin to wait together. */
    private static final int COMPANY = 4;

    /** How much success it takes for calls to begin waiting together; they go on while there is any. */
    private static final int ENOUGH = 8 * GAIN;

    /** How often a yield is still to be done, or calls to wait together, without success. */
    private int credit;

    private boolean together;
    private int calls;

    /** Whether one of so many calls is to wait together with the others. */
    public boolean waitsTogether(int company) {
        if (!together && company >= COMPANY && credit >= ENOUGH) {
            together = true;
        }
        return together;
    }

    /**
     * Lets others go first, where that has paid of late. Whether it did so is to be told to {@link #learn}.
     *
     * @param company how many calls there are at once, this one included
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing but speed hangs on it
    public boolean letOthersGo(int company) {
        int trials = company > 1 ? TRIALS : ALONE_TRIALS;
        if (credit <= 0 && ++calls % trials != 0 || !Thread.currentThread().isVirtual()) {
            return false;
        }
        Thread.yield();
        return true;
    }

    /** Learns whether there was something to read behind a yield. */
    public void learn(boolean paid, int company) {
        if (company > 1) {
            credit(paid ? GAIN : -1);
        } else {
            credit(paid ? 1 : -ALONE_LOSS);
        }
    }

    /** Learns whether a call that waited together with others was woken among them. It is dear if not, and pays little. */
    void learnTogether(boolean paid) {
        credit(paid ? 1 : -GAIN);
    }

    private void credit(int change) {
        int next = Math.clamp(credit + change, 0, MOST);
        if (next != credit) {
            credit = next;
            together &= next > 0;
        }
    }
}

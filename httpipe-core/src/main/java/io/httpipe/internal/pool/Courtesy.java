package io.httpipe.internal.pool;

/**
 * Lets other virtual threads go first where a call is about to wait for its answer. Parking is the dear part of a
 * read: where others are ready to run, the answer is often there when this thread's turn comes again, and the read need
 * not park at all. Where nobody else runs, or the server is slow, yielding gains nothing; so it goes on only as long as
 * it pays, and is tried again now and then.
 *
 * <p>Thread-safe without any synchronization: an update that gets lost in a race does no harm.
 */
public final class Courtesy {
    /** To park costs more than so many yields, so one that pays makes up for others that do not. */
    private static final int GAIN = 8;

    /** How far success is remembered: beyond the many misses in a row while a busy machine has the server wait its turn. */
    private static final int MOST = 128 * GAIN;

    /** Where it does not pay, one call in so many tries. */
    private static final int TRIALS = 8;

    /** How often it is still to be done without success. */
    private int credit;

    private int calls;

    /** Lets others go first, where that has paid of late. Whether it did so is to be told to {@link #learn}. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing but speed hangs on it
    public boolean letOthersGo() {
        if (credit <= 0 && ++calls % TRIALS != 0 || !Thread.currentThread().isVirtual()) {
            return false;
        }
        Thread.yield();
        return true;
    }

    /** Learns whether there was something to read behind a yield. */
    public void learn(boolean paid) {
        credit = paid ? Math.min(credit + GAIN, MOST) : Math.max(credit - 1, 0);
    }
}

package io.httpipe.internal.pool;

/**
 * Lets other virtual threads go first where a call is about to wait for its answer. Parking is the dear part of a
 * read: where others are ready to run, the answer is often there when this thread's turn comes again, and the read need
 * not park at all. Where nobody else runs, or the server is slow, yielding gains nothing; so it goes on only as long as
 * it mostly pays, and is tried again now and then.
 *
 * <p>Thread-safe without any synchronization: an update that gets lost in a race does no harm.
 */
public final class Courtesy {
    /** How far success, or the lack of it, is remembered. */
    private static final int MOST = 16;

    /** Where it does not pay, one call in so many tries. */
    private static final int TRIALS = 32;

    /** How often it paid, less how often it did not, of late. */
    private int score;

    private int calls;

    /** Lets others go first, where that has paid of late. Whether it did so is to be told to {@link #learn}. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing but speed hangs on it
    public boolean letOthersGo() {
        if (score <= 0 && (++calls & TRIALS - 1) != 0 || !Thread.currentThread().isVirtual()) {
            return false;
        }
        Thread.yield();
        return true;
    }

    /** Learns whether there was something to read behind a yield. */
    public void learn(boolean paid) {
        score = paid ? Math.min(score + 1, MOST) : Math.max(score - 1, -MOST);
    }
}

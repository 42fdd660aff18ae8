package io.httpipe.internal.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends blocking operations that outlive their time, whatever they block in: reads, writes, connects, over TCP, TLS and
 * Unix sockets alike.
 *
 * <p>One daemon thread serves the whole JVM. Arming a {@link OperationTimer} is two volatile accesses and no queue: the thread
 * looks at all watches when the earliest known time has come, and an operation that is over by then has cost nothing
 * more. Only a watch armed to an earlier time than any other wakes the thread.
 *
 * <p>There is a thread as long as there is a watch, and a few seconds more. Adding the next watch starts another. Whoever
 * adds a watch looks for a thread afterwards; a thread that ends says so first and looks for watches afterwards. So one
 * of the two sees the other, and no watch is without a thread.
 *
 * <p>There is no lock here that a thread could queue up for, for whoever adds a watch may itself hold one that this
 * thread needs. A look may miss what is added meanwhile, which is armed later and then asks for another look.
 */
class TimerThread implements Runnable {
    /** The JVM's one watchdog. */
    static final TimerThread INSTANCE = new TimerThread();

    /** For how many nanoseconds a shared thread that nothing needs stays, in case that it is needed again. */
    static final long IDLE = 2_000_000_000;

    /** Looking more often than this gains nobody anything. */
    private static final long TICK = 1_000_000;

    private final Set<OperationTimer> watches = ConcurrentHashMap.newKeySet();

    /** When the thread will look next; arming to an earlier time brings it forward. */
    private final AtomicLong wakeAt = new AtomicLong(NanoClock.NEVER);

    /** The thread; null while there is none. */
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

    /** {@link #IDLE}, unless a test has set another time. */
    volatile long idle = IDLE;

    TimerThread() {}

    /** For how long the thread stays without a watch; asked when none is seen. A test may add one just then. */
    long idle() {
        return idle;
    }

    /** The thread that there is now. It is a platform thread, so that it is on time when all carriers are busy. */
    @Nullable
    Thread thread() {
        return thread.get();
    }

    /**
     * Adds a watch.
     *
     * @throws OutOfMemoryError if there may be no thread now; the next to come tries again
     */
    void add(OperationTimer watch) {
        watches.add(watch);
        if (thread.get() == null) {
            try {
                start();
            } catch (Throwable e) {
                watches.remove(watch);
                throw e;
            }
        }
    }

    /** Starts a thread, unless somebody else does. A test may have it fail. */
    void start() {
        Thread fresh = SharedThread.make("httpipe-watchdog", this);
        if (thread.compareAndSet(null, fresh)) {
            try {
                fresh.start();
            } catch (Throwable e) {
                thread.set(null);
                throw e;
            }
        }
    }

    void remove(OperationTimer watch) {
        watches.remove(watch);
    }

    /** Makes sure that the thread looks no later than this. */
    void wakeBy(long time) {
        if (bringForward(time)) {
            Thread present = thread.get();
            if (present == null) {
                restart();
            } else {
                LockSupport.unpark(present);
            }
        }
    }

    /**
     * Starts a thread for a watch that was added while another thread failed to start, or is about to find this watch
     * instead of ending.
     */
    private void restart() {
        try {
            start();
        } catch (Throwable e) {
            // The next watch to be armed tries again.
            wakeAt.set(NanoClock.NEVER);
            throw e;
        }
    }

    /** Sets {@link #wakeAt} to this time if it is the earlier one, and tells so. */
    private boolean bringForward(long time) {
        long present = wakeAt.get();
        while (time < present) {
            if (wakeAt.compareAndSet(present, time)) {
                return true;
            }
            present = wakeAt.get();
        }
        return false;
    }

    @Override
    public void run() {
        List<OperationTimer> due = new ArrayList<>();
        long now;
        do {
            // From here on whoever arms a watch brings wakeAt forward again, so that none is missed by this look.
            wakeAt.set(NanoClock.NEVER);
            now = NanoClock.now();
            try {
                bringForward(look(now, due));
                for (OperationTimer watch : due) {
                    fire(watch, now);
                }
            } catch (Throwable e) {
                bringForward(now + TICK);
            }
            due.clear();
        } while (rest(now) || !end());
    }

    /** Waits until it is time for the next look; false if there has been no watch for so long that none is due. */
    private boolean rest(long lookedAt) {
        long neededAt = lookedAt;
        long now;
        long wait;
        while ((wait = Math.max(wakeAt.get(), lookedAt + TICK) - (now = NanoClock.now())) > 0) {
            if (!watches.isEmpty()) {
                neededAt = now;
            } else if (now - neededAt >= idle()) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(wait, idle));
            // Nobody means this thread by an interrupt, which would have it never wait again.
            Thread.interrupted();
        }
        return true;
    }

    /** Whether the thread may end, since there is no watch, or another thread to look at them. */
    private boolean end() {
        wakeAt.set(NanoClock.NEVER);
        thread.set(null);
        return !isNeeded() || !thread.compareAndSet(null, Thread.currentThread());
    }

    /** Whether there is a watch; unlike {@code isEmpty}, it is right while others are added and removed. */
    private boolean isNeeded() {
        try {
            return watches.iterator().hasNext();
        } catch (Throwable e) {
            // For want of memory.
            return true;
        }
    }

    private void fire(OperationTimer watch, long now) {
        try {
            watch.fire();
        } catch (Throwable e) {
            // For want of memory, say. Once more, then, and the others all the same.
            bringForward(now + TICK);
        }
    }

    /** Gathers what is due and tells when the earliest of the others will be. */
    private long look(long now, List<OperationTimer> due) {
        long earliest = NanoClock.NEVER;
        for (OperationTimer watch : watches) {
            long time = watch.time();
            if (time <= now) {
                due.add(watch);
            } else {
                earliest = Math.min(earliest, time);
            }
        }
        return earliest;
    }
}

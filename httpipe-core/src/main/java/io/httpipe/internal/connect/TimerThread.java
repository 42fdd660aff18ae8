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
 * Fires each {@link OperationTimer} when its time is over. This ends blocking reads, writes and connects over TCP, TLS
 * and Unix sockets.
 *
 * <p>One daemon thread serves the whole JVM. Arming a timer takes two volatile accesses and no queue. The thread checks
 * all timers at the earliest known end time. An operation that has ended by then costs nothing more. Arming a timer
 * wakes the thread only if its end time is earlier than the next check.
 *
 * <p>The thread lives as long as there is a timer, and two seconds longer. The next timer to be added starts another
 * thread. A caller first adds its timer, then checks for a thread. An ending thread first announces its end, then
 * checks for timers. At least one of them sees the other, so that every timer has a thread.
 *
 * <p>No thread waits for a lock here, because a caller that adds a timer may hold a lock that the timer thread needs. A
 * check may miss a timer that is added at the same time. That timer is armed later, and then asks for another check.
 */
class TimerThread implements Runnable {
    /** The only instance outside of tests. */
    static final TimerThread INSTANCE = new TimerThread();

    /** How long a shared thread keeps running after its last use, in nanoseconds. */
    static final long IDLE_NANOS = 2_000_000_000;

    /** The shortest time between two checks, in nanoseconds. */
    private static final long TICK_NANOS = 1_000_000;

    private final Set<OperationTimer> timers = ConcurrentHashMap.newKeySet();

    /** When the thread will check next. Arming a timer to an earlier time brings this forward. */
    private final AtomicLong nextCheckAt = new AtomicLong(NanoClock.NEVER);

    /** Null while there is no thread. */
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

    /** A test may set another time. */
    volatile long idleNanos = IDLE_NANOS;

    TimerThread() {}

    /**
     * How long the thread keeps running without a timer. The thread calls this method when there is no timer. A test
     * overrides it to add a timer at that moment.
     */
    long idleNanos() {
        return idleNanos;
    }

    /**
     * The timer thread; null if there is none. It is a platform thread, so that it runs on time even if all carriers
     * are busy.
     */
    @Nullable
    Thread thread() {
        return thread.get();
    }

    /**
     * Adds a timer.
     *
     * @throws OutOfMemoryError if no thread could be started; the next caller tries again
     */
    void add(OperationTimer timer) {
        timers.add(timer);
        if (thread.get() == null) {
            try {
                start();
            } catch (Throwable e) {
                timers.remove(timer);
                throw e;
            }
        }
    }

    /** Starts a thread, unless another caller does. A test may override it. */
    void start() {
        Thread started = SharedThread.create("httpipe-timer", this);
        if (thread.compareAndSet(null, started)) {
            try {
                started.start();
            } catch (Throwable e) {
                thread.set(null);
                throw e;
            }
        }
    }

    void remove(OperationTimer timer) {
        timers.remove(timer);
    }

    /** Makes sure that the thread checks the timers at this time or earlier. */
    void checkBy(long time) {
        if (bringForward(time)) {
            Thread running = thread.get();
            if (running == null) {
                restart();
            } else {
                LockSupport.unpark(running);
            }
        }
    }

    /**
     * Starts a thread for a timer that was added while another thread failed to start, or while a thread was about to
     * end. In the second case the ending thread may find the timer and continue.
     */
    private void restart() {
        try {
            start();
        } catch (Throwable e) {
            // The next timer to be armed tries again.
            nextCheckAt.set(NanoClock.NEVER);
            throw e;
        }
    }

    /** Sets {@link #nextCheckAt} to this time if it is earlier. Returns whether it was. */
    private boolean bringForward(long time) {
        long current = nextCheckAt.get();
        while (time < current) {
            if (nextCheckAt.compareAndSet(current, time)) {
                return true;
            }
            current = nextCheckAt.get();
        }
        return false;
    }

    @Override
    public void run() {
        List<OperationTimer> due = new ArrayList<>();
        long now;
        do {
            // A timer that is armed from here on brings nextCheckAt forward again, so that it cannot be missed.
            nextCheckAt.set(NanoClock.NEVER);
            now = NanoClock.now();
            try {
                bringForward(collectDue(now, due));
                for (OperationTimer timer : due) {
                    fire(timer, now);
                }
            } catch (Throwable e) {
                bringForward(now + TICK_NANOS);
            }
            due.clear();
        } while (awaitNextCheck(now) || !tryEnd());
    }

    /** Waits until the next check is due. Returns false if there has been no timer for the idle time. */
    private boolean awaitNextCheck(long checkedAt) {
        long neededAt = checkedAt;
        long now;
        long wait;
        while ((wait = Math.max(nextCheckAt.get(), checkedAt + TICK_NANOS) - (now = NanoClock.now())) > 0) {
            if (!timers.isEmpty()) {
                neededAt = now;
            } else if (now - neededAt >= idleNanos()) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(wait, idleNanos));
            // This thread ignores interrupts. A pending interrupt would prevent every later park.
            Thread.interrupted();
        }
        return true;
    }

    /** Returns true if the thread may end: there is no timer, or another thread has been started. */
    private boolean tryEnd() {
        nextCheckAt.set(NanoClock.NEVER);
        thread.set(null);
        return !isNeeded() || !thread.compareAndSet(null, Thread.currentThread());
    }

    /** Whether there is a timer. Unlike {@code isEmpty}, this is right while timers are added and removed. */
    private boolean isNeeded() {
        try {
            return timers.iterator().hasNext();
        } catch (Throwable e) {
            // Memory ran out.
            return true;
        }
    }

    private void fire(OperationTimer timer, long now) {
        try {
            timer.fire();
        } catch (Throwable e) {
            // For example, memory ran out. Try again later, and fire the other timers now.
            bringForward(now + TICK_NANOS);
        }
    }

    /** Fills the list with the timers that are due. Returns the earliest time of the others. */
    private long collectDue(long now, List<OperationTimer> due) {
        long earliest = NanoClock.NEVER;
        for (OperationTimer timer : timers) {
            long time = timer.time();
            if (time <= now) {
                due.add(timer);
            } else {
                earliest = Math.min(earliest, time);
            }
        }
        return earliest;
    }
}

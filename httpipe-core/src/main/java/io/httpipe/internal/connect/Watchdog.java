package io.httpipe.internal.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends blocking operations that outlive their time, whatever they block in: reads, writes, connects, over TCP, TLS and
 * Unix sockets alike.
 *
 * <p>One daemon thread serves the whole JVM. Arming a {@link Watch} is two volatile accesses and no queue: the thread
 * looks at all watches when the earliest known time has come, and an operation that is over by then has cost nothing
 * more. Only a watch armed to an earlier time than any other wakes the thread.
 *
 * <p>There is no lock here that a thread could queue up for, for whoever adds a watch may itself hold one that this
 * thread needs. A look may miss what is added meanwhile, which is armed later and then asks for another look.
 */
final class Watchdog extends Thread {
    /** The JVM's one watchdog. It is a platform thread, so that it is on time when all carriers are busy. */
    static final Watchdog INSTANCE = new Watchdog();

    /** Looking more often than this gains nobody anything. */
    private static final long TICK = 1_000_000;

    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    /** When the thread will look next; arming to an earlier time brings it forward. */
    private final AtomicLong wakeAt = new AtomicLong(Ticks.NEVER);

    private final AtomicBoolean started = new AtomicBoolean();

    private Watchdog() {
        super(null, null, "httpipe-watchdog", 0, false);
        setDaemon(true);
    }

    /**
     * Adds a watch.
     *
     * @throws OutOfMemoryError if there may be no thread now; the next to come tries again
     */
    void add(Watch watch) {
        if (!started.get() && started.compareAndSet(false, true)) {
            try {
                start();
            } catch (Throwable e) {
                started.set(false);
                throw e;
            }
        }
        watches.add(watch);
    }

    void remove(Watch watch) {
        watches.remove(watch);
    }

    /** Makes sure that the thread looks no later than this. */
    void wakeBy(long time) {
        if (bringForward(time)) {
            LockSupport.unpark(this);
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
        List<Watch> due = new ArrayList<>();
        while (true) {
            // From here on whoever arms a watch brings wakeAt forward again, so that none is missed by this look.
            wakeAt.set(Ticks.NEVER);
            long now = Ticks.now();
            try {
                bringForward(look(now, due));
                for (Watch watch : due) {
                    fire(watch, now);
                }
            } catch (Throwable e) {
                bringForward(now + TICK);
            }
            due.clear();
            long wait;
            while ((wait = Math.max(wakeAt.get(), now + TICK) - Ticks.now()) > 0) {
                LockSupport.parkNanos(this, wait);
                // Nobody means this thread by an interrupt, which would have it never wait again.
                Thread.interrupted();
            }
        }
    }

    private void fire(Watch watch, long now) {
        try {
            watch.fire();
        } catch (Throwable e) {
            // For want of memory, say. Once more, then, and the others all the same.
            bringForward(now + TICK);
        }
    }

    /** Gathers what is due and tells when the earliest of the others will be. */
    private long look(long now, List<Watch> due) {
        long earliest = Ticks.NEVER;
        for (Watch watch : watches) {
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

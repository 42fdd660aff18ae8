package io.httpipe.internal.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Ends blocking operations that outlive their time, whatever they block in: reads, writes, connects, over TCP, TLS and
 * Unix sockets alike.
 *
 * <p>One daemon thread serves the whole JVM. Arming a {@link Watch} is two volatile accesses and no queue: the thread
 * looks at all watches when the earliest known time has come, and an operation that is over by then has cost nothing
 * more. Only a watch armed to an earlier time than any other wakes the thread.
 *
 * <p>{@link #lock} guards the list of watches and is never held while a watch is fired.
 */
final class Watchdog extends Thread {
    /** The JVM's one watchdog. It is a platform thread, so that it is on time when all carriers are busy. */
    static final Watchdog INSTANCE = new Watchdog();

    /** Looking more often than this gains nobody anything. */
    private static final long TICK = 1_000_000;

    /** How long a lock is held, and a little more. */
    private static final long BUSY = 20_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Watch> watches = new ArrayList<>();

    /** When the thread will look next; arming to an earlier time brings it forward. */
    private final AtomicLong wakeAt = new AtomicLong(Ticks.NEVER);

    private Watchdog() {
        super("httpipe-watchdog");
        setDaemon(true);
        start();
    }

    /**
     * Takes the lock. In its queue a platform thread, such as this one, would come behind virtual threads, which take
     * their turn when they have a carrier: late, or never where only a time limit would free one.
     */
    private void lock() {
        if (Thread.currentThread().isVirtual()) {
            lock.lock();
            return;
        }
        while (!lock.tryLock()) {
            LockSupport.parkNanos(this, BUSY);
        }
    }

    void add(Watch watch) {
        lock();
        try {
            watch.index = watches.size();
            watches.add(watch);
        } finally {
            lock.unlock();
        }
    }

    void remove(Watch watch) {
        lock();
        try {
            if (watch.index >= 0) {
                Watch last = watches.removeLast();
                if (last != watch) {
                    watches.set(watch.index, last);
                    last.index = watch.index;
                }
                watch.index = -1;
            }
        } finally {
            lock.unlock();
        }
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
        lock();
        try {
            for (Watch watch : watches) {
                long time = watch.time();
                if (time <= now) {
                    due.add(watch);
                } else {
                    earliest = Math.min(earliest, time);
                }
            }
        } finally {
            lock.unlock();
        }
        return earliest;
    }
}

package io.httpipe.internal.connect;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has many virtual threads wait for octets together. One that blocks in a read has the JDK register its socket each
 * time, and is woken from outside of the scheduler, behind all that are ready within it. Here a socket stays
 * registered, one look serves all that wait, and they are woken in the order in which their octets came.
 *
 * <p>Two threads look in turns: a virtual one as long as it finds somebody to wake, for then it takes its turn among
 * those it has woken, and more octets arrive while they run; a platform one, which may block, when it does not. One of
 * each serves the whole JVM. Both end if a look fails, and when no socket has been registered for a few seconds; whoever
 * waits is told, and the next to register finds another poller.
 *
 * <p>Interest in a socket is dropped when its octets have not been waited for in several looks, and comes back with the
 * next wait: a thread says that it waits before it looks whether there is interest, and the poller looks whether one
 * waits after it has dropped it.
 */
final class SharedPoller {
    /** In how many looks octets that nobody waits for are seen before they are looked at no more. */
    private static final int UNHEEDED = 4;

    /** How many looks in vain, at most, the virtual thread makes before it leaves the turn: to take turns is dearer. */
    private static final int PATIENCE = 4;

    /** How long the virtual thread may be kept from its turn before the platform one takes it. */
    private static final long STALL = 500_000_000;

    /** For how long nobody begins to wait together after that. */
    private static final long RECOVERY = 60_000_000_000L;

    /** For how long a thread waits before it looks again whether the poller has let go of its channel. */
    private static final long LETTING_GO = 20_000;

    private static final ReentrantLock LOCK = new ReentrantLock();

    private static volatile @Nullable SharedPoller current;

    /** Until when reads had better wait on their own; 0 for not at all. */
    static volatile long stalledUntil;

    /** For how many nanoseconds a poller without sockets stays; a test may set another time. */
    static volatile long idle = TimerThread.IDLE;

    final Selector selector;
    private final Consumer<SelectionKey> heed = this::heed;
    final Thread blocking = SharedThread.make("httpipe-poller", () -> run(true));
    final Thread looking = Thread.ofVirtual()
            .name("httpipe-poller")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> run(false));

    /** Held while one of the two looks, or takes the other's turn. */
    private final ReentrantLock look = new ReentrantLock();

    /** Whose turn it is to look. */
    private volatile Thread turn = blocking;

    /** When the last look was over. */
    private volatile long lookedAt;

    /** Whether the present look may block. */
    private volatile boolean mayBlock;

    /** How many looks in vain the virtual thread has earned by others; -1 if it had none left for the last. */
    private int patience;

    /** How many threads the present look has woken. */
    private int woken;

    /** The number of the present look. */
    private long looks;

    /** Since when there has been no socket, as the looks that may block have seen; {@link NanoClock#NEVER} if there is one. */
    private long unusedSince = NanoClock.NEVER;

    /** Those found in the present look that the one before has woken. */
    private final List<Registration> again = new ArrayList<>();

    /** Whether no channel should be registered any more: this poller is lost, or sees whether it still has one. */
    private volatile boolean ending;

    private volatile boolean lost;

    private SharedPoller(Selector selector) {
        this.selector = selector;
    }

    /**
     * Has a channel's reads wait together with others. It must not be a blocking one.
     *
     * @return null where that cannot be for now, for want of a descriptor or a thread, or of a moment to start one
     */
    static @Nullable Registration register(SocketChannel channel) throws IOException {
        while (true) {
            SharedPoller poller = current();
            if (poller == null) {
                return null;
            }
            Registration registration = poller.add(channel);
            if (!poller.ending) {
                return registration;
            }
            // It may not have seen the channel in time to stay.
            if (registration != null) {
                registration.leave();
            }
        }
    }

    /**
     * Whether the virtual thread was lately kept from its turn, by threads that keep their carriers in all they do: on
     * JDK 21 those that wait within {@code synchronized}.
     */
    static boolean isStalled() {
        long until = stalledUntil;
        return until != 0 && NanoClock.now() < until;
    }

    static @Nullable SharedPoller current() {
        SharedPoller present = current;
        if (present != null && !present.ending) {
            return present;
        }
        if (!LOCK.tryLock()) {
            // Another thread is starting one. To wait for it might be to keep the carrier that it needs.
            return null;
        }
        try {
            present = current;
            if (present == null || present.ending) {
                present = start();
                current = present;
            }
            return present;
        } finally {
            LOCK.unlock();
        }
    }

    private static @Nullable SharedPoller start() {
        SharedPoller started = null;
        try {
            started = new SharedPoller(Selector.open());
            started.blocking.start();
            started.looking.start();
            return started;
        } catch (IOException | OutOfMemoryError e) {
            // No descriptor or no thread was to be had.
            if (started != null) {
                started.lose();
            }
            return null;
        }
    }

    private @Nullable Registration add(SocketChannel channel) throws IOException {
        SelectionKey key;
        try {
            key = channel.register(selector, SelectionKey.OP_READ);
        } catch (ClosedSelectorException e) {
            return null;
        }
        Registration registration = new Registration(this, key);
        key.attach(registration);
        attend();
        return registration;
    }

    /** Has a look that blocks see what has changed. */
    private void attend() {
        if (mayBlock) {
            selector.wakeup();
        }
    }

    private void run(boolean block) {
        Thread self = Thread.currentThread();
        try {
            while (!lost) {
                if (turn == self) {
                    takeTurn(block);
                } else if (block) {
                    LockSupport.parkNanos(this, STALL);
                    // Nobody means this thread by an interrupt, which would have it never wait again.
                    Thread.interrupted();
                    if (NanoClock.now() - lookedAt >= STALL) {
                        takeOver();
                    }
                } else {
                    LockSupport.park(this);
                }
            }
        } catch (IOException | ClosedSelectorException e) {
            // The same is to be done after an error, of which the JVM tells.
        } finally {
            lose();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // nothing but speed hangs on it
    private void takeTurn(boolean block) throws IOException {
        boolean goesOn;
        look.lock();
        try {
            if (turn != Thread.currentThread()) {
                return;
            }
            boolean found = look(block);
            if (block && isUnused(found) && end()) {
                return;
            }
            patience = Math.clamp(patience + (found ? 1 : -1), -1, PATIENCE);
            goesOn = block ? !found : patience >= 0;
            if (!goesOn) {
                turn = block ? looking : blocking;
            }
        } finally {
            look.unlock();
        }
        if (!goesOn) {
            LockSupport.unpark(turn);
        } else if (!block) {
            Thread.yield();
        }
    }

    /** Whether there has been no socket for so long that this poller may end. */
    private boolean isUnused(boolean found) {
        if (found || !selector.keys().isEmpty()) {
            unusedSince = NanoClock.NEVER;
            return false;
        }
        if (unusedSince == NanoClock.NEVER) {
            unusedSince = lookedAt;
        }
        return lookedAt - unusedSince >= idle;
    }

    /**
     * Ends, unless a channel has just been registered. Who registers one asks afterwards whether this poller ends, and
     * this poller says so before it looks for channels; so one of the two sees the other.
     */
    private boolean end() {
        ending = true;
        lost = !selector.keys().iterator().hasNext();
        ending = lost;
        return lost;
    }

    /** Takes the turn of the virtual thread, which has not had a carrier to take it on. */
    private void takeOver() {
        look.lock();
        try {
            if (turn == looking) {
                stalledUntil = NanoClock.after(RECOVERY);
                turn = blocking;
            }
        } finally {
            look.unlock();
        }
    }

    /** Wakes those whose octets have come; false if there are none. */
    private boolean look(boolean block) throws IOException {
        woken = 0;
        looks++;
        mayBlock = block;
        if (block) {
            selector.select(heed, Math.max(1, idle / 1_000_000));
        } else {
            selector.selectNow(heed);
        }
        again.forEach(this::heed);
        again.clear();
        if (block) {
            mayBlock = false;
            Thread.interrupted();
        }
        lookedAt = NanoClock.now();
        return woken > 0;
    }

    /**
     * Heeds a socket that has octets, at once or after all others. The JDK has the kernel list first what it listed in
     * the look before, wherever else octets have been for longer; a call whose answer just missed a look would see those
     * that did not miss it go round twice while it goes round once, again and again.
     */
    private void heed(SelectionKey key) {
        if (key.attachment() instanceof Registration registration) {
            if (registration.wokenIn == looks - 1) {
                again.add(registration);
            } else {
                heed(registration);
            }
        }
    }

    private void heed(Registration registration) {
        SelectionKey key = registration.key;
        if (registration.wake(!mayBlock || woken > 0)) {
            registration.wokenIn = looks;
            woken++;
        } else if (++registration.unheeded >= UNHEEDED) {
            try {
                key.interestOps(0);
                if (registration.waiter != null) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            } catch (CancelledKeyException | ClosedSelectorException e) {
                // Then there is no interest either.
            }
        }
    }

    /** Gives up. Whoever registers too late to be woken finds that this poller is lost. */
    void lose() {
        ending = true;
        lost = true;
        LockSupport.unpark(looking);
        LockSupport.unpark(blocking);
        try (selector) {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Registration registration) {
                    registration.unparkWaiter();
                }
            }
        } catch (IOException | ClosedSelectorException e) {
            // It is closed, be it by the other thread.
        }
    }

    /** That a channel is looked at. One thread at a time waits on it; others may wake that thread. */
    static final class Registration {
        private final SharedPoller poller;
        private final SelectionKey key;
        private volatile @Nullable Thread waiter;
        private boolean inCompany;

        /** In how many looks in a row nobody waited. */
        private int unheeded;

        /** The number of the look that woke somebody last. */
        private long wokenIn = -1;

        private Registration(SharedPoller poller, SelectionKey key) {
            this.poller = poller;
            this.key = key;
        }

        /**
         * Waits until there is something to read, the channel has been closed, the thread interrupted or the poller
         * lost; perhaps not even that long.
         *
         * @return whether it was woken among others that were running
         */
        boolean await() {
            Thread self = Thread.currentThread();
            inCompany = false;
            waiter = self;
            try {
                if (key.interestOps() == 0) {
                    key.interestOps(SelectionKey.OP_READ);
                    poller.attend();
                }
                while (waiter == self && key.isValid() && !poller.lost && !self.isInterrupted()) {
                    LockSupport.park(this);
                }
            } catch (CancelledKeyException | ClosedSelectorException e) {
                // The channel has been closed, or the poller is lost.
            }
            waiter = null;
            return inCompany;
        }

        /** Whether nobody will wake a waiter here any more. */
        boolean isLost() {
            return poller.lost;
        }

        /** Has the channel wait on its own again; not before the poller has let go of it may a read or write block. */
        @SuppressWarnings("ThreadPriorityCheck") // the park does the same, but not for a thread that is interrupted
        void leave() {
            key.cancel();
            poller.attend();
            while (key.channel().isRegistered()) {
                LockSupport.parkNanos(this, LETTING_GO);
                Thread.yield();
            }
        }

        /** Tells that the channel has been closed. */
        void closed() {
            unparkWaiter();
            poller.attend();
        }

        private boolean wake(boolean company) {
            Thread thread = waiter;
            if (thread == null) {
                return false;
            }
            unheeded = 0;
            inCompany = company;
            waiter = null;
            LockSupport.unpark(thread);
            return true;
        }

        private void unparkWaiter() {
            LockSupport.unpark(waiter);
        }
    }
}

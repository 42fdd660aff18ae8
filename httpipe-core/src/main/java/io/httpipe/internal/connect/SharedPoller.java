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
 * Lets many virtual threads wait together for bytes to arrive.
 *
 * <p>When a virtual thread blocks in a read, the JDK registers its socket each time. A thread outside the scheduler of
 * virtual threads wakes the virtual thread later. The virtual thread then runs only after all others that are ready
 * already. Here a socket stays registered. One poll serves all waiting threads, and wakes them roughly in the order in
 * which their bytes arrived.
 *
 * <p>Two threads take turns at polling, a virtual one and a platform one. The virtual thread polls as long as it finds
 * ready sockets. The threads that it has woken usually run before its next poll, and more bytes arrive meanwhile.
 * If it finds none, the platform thread polls, because that one may block. The two threads serve the whole JVM. Both
 * end if a poll fails, or if there has been no registered socket for two seconds. Waiting threads are then woken, and
 * the next socket is registered with another poller.
 *
 * <p>If several polls find bytes that no thread waits for, the poller drops its interest in that socket. The next wait
 * restores the interest. A waiting thread first announces itself, then checks the interest. The poller first drops the
 * interest, then checks for a waiting thread. At least one of them sees the other.
 */
final class SharedPoller {
    /** After this many polls the poller ignores bytes that no thread waits for. */
    private static final int MAX_UNCLAIMED_POLLS = 4;

    /** The limit of {@link #emptyPollCredit}. Switching turns costs more than a poll. */
    private static final int MAX_EMPTY_POLLS = 4;

    /** How long the virtual thread may be late before the platform thread takes over. */
    private static final long STALL_NANOS = 500_000_000;

    /** For this long after such a stall, no further read waits together with others. */
    private static final long RECOVERY_NANOS = 60_000_000_000L;

    /** How long a thread waits before it checks again whether the selector has removed its channel. */
    private static final long DEREGISTER_CHECK_NANOS = 20_000;

    /** Held while a poller is started. */
    private static final ReentrantLock START_LOCK = new ReentrantLock();

    private static volatile @Nullable SharedPoller current;

    /** The time until which reads should wait alone; 0 if there is no such time. */
    static volatile long stalledUntil;

    /** How long a poller without sockets keeps running. A test may set another time. */
    static volatile long idleNanos = TimerThread.IDLE_NANOS;

    final Selector selector;
    private final Consumer<SelectionKey> readyHandler = this::handleReady;
    final Thread platformThread = SharedThread.create("httpipe-poller", () -> run(true));
    final Thread virtualThread = Thread.ofVirtual()
            .name("httpipe-poller")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> run(false));

    /** Held by the thread that polls, or takes over the turn. */
    private final ReentrantLock pollLock = new ReentrantLock();

    /** The thread whose turn it is to poll. */
    private volatile Thread turn = platformThread;

    /** When the last poll ended. */
    private volatile long polledAt;

    /** Whether the current poll may block. */
    private volatile boolean mayBlock;

    /**
     * How many more empty polls the virtual thread may make without losing its turn; -1 after the empty poll that ended
     * its turn. Each successful poll adds one.
     */
    private int emptyPollCredit;

    /** How many threads the current poll has woken. */
    private int wokenCount;

    /** The number of the current poll. */
    private long pollNumber;

    /** When a poll first saw that there is no socket; {@link NanoClock#NEVER} if there is one. */
    private long unusedSince = NanoClock.NEVER;

    /** Ready sockets whose threads the previous poll has woken. The current poll wakes these threads last. */
    private final List<Registration> deferred = new ArrayList<>();

    /** Whether no channel may be registered any more: the poller has stopped, or checks whether it may end. */
    private volatile boolean ending;

    private volatile boolean stopped;

    private SharedPoller(Selector selector) {
        this.selector = selector;
    }

    /**
     * Registers a non-blocking channel, so that its reads can wait together with others.
     *
     * @return null if that is impossible now: no descriptor or thread is free, or another thread is starting a poller
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
            // The poller may have missed the channel when it decided to end.
            if (registration != null) {
                registration.deregister();
            }
        }
    }

    /**
     * Whether the virtual thread recently got no carrier for its turn, because pinned threads held all carriers. On JDK
     * 21 these are threads that wait inside {@code synchronized}.
     */
    static boolean isStalled() {
        long until = stalledUntil;
        return until != 0 && NanoClock.now() < until;
    }

    static @Nullable SharedPoller current() {
        SharedPoller poller = current;
        if (poller != null && !poller.ending) {
            return poller;
        }
        if (!START_LOCK.tryLock()) {
            // Another thread is starting a poller. Waiting here could hold the carrier that the other thread needs.
            return null;
        }
        try {
            poller = current;
            if (poller == null || poller.ending) {
                poller = start();
                current = poller;
            }
            return poller;
        } finally {
            START_LOCK.unlock();
        }
    }

    private static @Nullable SharedPoller start() {
        SharedPoller started = null;
        try {
            started = new SharedPoller(Selector.open());
            started.platformThread.start();
            started.virtualThread.start();
            return started;
        } catch (IOException | OutOfMemoryError e) {
            // No descriptor or no thread is free.
            if (started != null) {
                started.stop();
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
        wakeSelector();
        return registration;
    }

    /** Makes a blocking poll see a change of the registrations. */
    private void wakeSelector() {
        if (mayBlock) {
            selector.wakeup();
        }
    }

    private void run(boolean block) {
        Thread self = Thread.currentThread();
        try {
            while (!stopped) {
                if (turn == self) {
                    takeTurn(block);
                } else if (block) {
                    LockSupport.parkNanos(this, STALL_NANOS);
                    // This thread ignores interrupts. A pending interrupt would prevent every later park.
                    Thread.interrupted();
                    if (NanoClock.now() - polledAt >= STALL_NANOS) {
                        takeOver();
                    }
                } else {
                    LockSupport.park(this);
                }
            }
        } catch (IOException | ClosedSelectorException e) {
            // The thread ends without a report. The JVM reports any other exception.
        } finally {
            stop();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield affects speed only
    private void takeTurn(boolean block) throws IOException {
        boolean keepsTurn;
        pollLock.lock();
        try {
            if (turn != Thread.currentThread()) {
                return;
            }
            boolean found = poll(block);
            if (block && isUnused(found) && tryEnd()) {
                return;
            }
            emptyPollCredit = Math.clamp(emptyPollCredit + (found ? 1 : -1), -1, MAX_EMPTY_POLLS);
            keepsTurn = block ? !found : emptyPollCredit >= 0;
            if (!keepsTurn) {
                turn = block ? virtualThread : platformThread;
            }
        } finally {
            pollLock.unlock();
        }
        if (!keepsTurn) {
            LockSupport.unpark(turn);
        } else if (!block) {
            Thread.yield();
        }
    }

    /** Whether there has been no socket for the idle time, so that this poller may end. */
    private boolean isUnused(boolean found) {
        if (found || !selector.keys().isEmpty()) {
            unusedSince = NanoClock.NEVER;
            return false;
        }
        if (unusedSince == NanoClock.NEVER) {
            unusedSince = polledAt;
        }
        return polledAt - unusedSince >= idleNanos;
    }

    /**
     * Ends, unless a channel has just been registered. A thread first registers its channel, then checks whether this
     * poller is ending. This poller first announces its end, then checks for channels. At least one of them sees the
     * other.
     */
    private boolean tryEnd() {
        ending = true;
        stopped = !selector.keys().iterator().hasNext();
        ending = stopped;
        return stopped;
    }

    /** Takes the turn of the virtual thread, which has got no carrier. */
    private void takeOver() {
        pollLock.lock();
        try {
            if (turn == virtualThread) {
                stalledUntil = NanoClock.after(RECOVERY_NANOS);
                turn = platformThread;
            }
        } finally {
            pollLock.unlock();
        }
    }

    /** Wakes the threads whose bytes have arrived. Returns whether there were any. */
    private boolean poll(boolean block) throws IOException {
        wokenCount = 0;
        pollNumber++;
        mayBlock = block;
        if (block) {
            selector.select(readyHandler, Math.max(1, idleNanos / 1_000_000));
        } else {
            selector.selectNow(readyHandler);
        }
        deferred.forEach(this::wake);
        deferred.clear();
        if (block) {
            mayBlock = false;
            Thread.interrupted();
        }
        polledAt = NanoClock.now();
        return wokenCount > 0;
    }

    /**
     * Handles a socket that has bytes. Its thread is woken at once, or after all others if the previous poll woke it
     * too. The kernel lists the sockets of the previous poll first, even if the bytes of other sockets have waited
     * longer. If threads were woken in that order, a call whose answer arrived just after a poll would complete one
     * exchange while each of the others completes two, and this would happen again and again.
     */
    private void handleReady(SelectionKey key) {
        if (key.attachment() instanceof Registration registration) {
            if (registration.lastWokenIn == pollNumber - 1) {
                deferred.add(registration);
            } else {
                wake(registration);
            }
        }
    }

    private void wake(Registration registration) {
        SelectionKey key = registration.key;
        if (registration.wake(!mayBlock || wokenCount > 0)) {
            registration.lastWokenIn = pollNumber;
            wokenCount++;
        } else if (++registration.unclaimedPolls >= MAX_UNCLAIMED_POLLS) {
            try {
                key.interestOps(0);
                if (registration.waiter != null) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            } catch (CancelledKeyException | ClosedSelectorException e) {
                // The registration no longer exists, so there is no interest to drop.
            }
        }
    }

    /** Stops the poller. A thread that registers too late to be woken sees that the poller has stopped. */
    void stop() {
        ending = true;
        stopped = true;
        LockSupport.unpark(virtualThread);
        LockSupport.unpark(platformThread);
        try (selector) {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Registration registration) {
                    registration.unparkWaiter();
                }
            }
        } catch (IOException | ClosedSelectorException e) {
            // The selector is closed, perhaps by the other thread.
        }
    }

    /** The registration of a channel. One thread at a time waits on it. Other threads may wake that thread. */
    static final class Registration {
        private final SharedPoller poller;
        private final SelectionKey key;
        private volatile @Nullable Thread waiter;
        private boolean wokenAmongOthers;

        /** The number of polls in a row in which no thread waited. */
        private int unclaimedPolls;

        /** The number of the last poll that woke a thread of this registration. */
        private long lastWokenIn = -1;

        private Registration(SharedPoller poller, SelectionKey key) {
            this.poller = poller;
            this.key = key;
        }

        /**
         * Waits until there is something to read, the channel is closed, the thread is interrupted or the poller has
         * stopped. May also return before any of these.
         *
         * @return whether the wait was cheap: the poll that woke this thread was not allowed to block, or had woken
         *         another thread before
         */
        boolean await() {
            Thread self = Thread.currentThread();
            wokenAmongOthers = false;
            waiter = self;
            try {
                if (key.interestOps() == 0) {
                    key.interestOps(SelectionKey.OP_READ);
                    poller.wakeSelector();
                }
                while (waiter == self && key.isValid() && !poller.stopped && !self.isInterrupted()) {
                    LockSupport.park(this);
                }
            } catch (CancelledKeyException | ClosedSelectorException e) {
                // The channel is closed, or the poller has stopped.
            }
            waiter = null;
            return wokenAmongOthers;
        }

        /** Whether the poller has stopped, so that it will wake no thread any more. */
        boolean isStopped() {
            return poller.stopped;
        }

        /**
         * Removes the channel from the selector, and waits until it is removed. Before that, no read or write may
         * block.
         */
        @SuppressWarnings("ThreadPriorityCheck") // an interrupted thread does not park
        void deregister() {
            key.cancel();
            poller.wakeSelector();
            while (key.channel().isRegistered()) {
                LockSupport.parkNanos(this, DEREGISTER_CHECK_NANOS);
                Thread.yield();
            }
        }

        /** To be called when the channel has been closed. */
        void channelClosed() {
            unparkWaiter();
            poller.wakeSelector();
        }

        private boolean wake(boolean amongOthers) {
            Thread thread = waiter;
            if (thread == null) {
                return false;
            }
            unclaimedPolls = 0;
            wokenAmongOthers = amongOthers;
            waiter = null;
            LockSupport.unpark(thread);
            return true;
        }

        private void unparkWaiter() {
            LockSupport.unpark(waiter);
        }
    }
}

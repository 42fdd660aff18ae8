package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of several addresses that accepts a connection (RFC 8305, section 5).
 *
 * <p>The calling thread tries the addresses in their order, each as soon as the one before has failed. If an attempt
 * takes longer than the attempt delay, the timer starts a helper thread, which continues with the next address. The
 * slow attempt continues meanwhile. The first attempt that connects wins. Its thread closes the channels of all others,
 * which ends their attempts. The timer ends the race when the time of the race is over. With a channel factory, the
 * timer starts before the first attempt. Otherwise it starts with the first attempt that is not at a loopback address,
 * or is not over at once.
 *
 * <p>An attempt first announces its channel, then checks for the end of the race. A thread ends the race in two steps:
 * it first announces the end, then closes the channels. At least one of the two threads sees what the other has
 * announced, so that no channel stays open.
 */
final class AddressRace implements OperationTimer.Owner, Closeable, Runnable {
    /** RFC 8305, section 5: the delay must not be shorter. */
    private static final long MIN_DELAY_NANOS = 10_000_000;

    /** How many addresses an error message lists. */
    private static final int MAX_LISTED = 8;

    private static final Object EXPIRED = new Object();
    private static final Object CLOSED = new Object();
    private static final Object FAILED = new Object();

    /** An attempt that had no descriptor and is being repeated. */
    private record Repeated(NoDescriptorException failure) {}

    private final List<InetAddress> addresses;
    private final int port;
    private final @Nullable SocketSettings settings;
    private final long delay;
    private final long expiresAt;
    private final Thread caller = Thread.currentThread();

    /** For each address: null before its attempt, then its transport, then its exception if the attempt has failed. */
    private final AtomicReferenceArray<@Nullable Object> attempts;

    /** The index of the address whose turn is next. */
    private final AtomicInteger next = new AtomicInteger();

    /** The number of helper threads that have not ended. */
    private final AtomicInteger helpers = new AtomicInteger();

    private final AtomicInteger endedHelpers = new AtomicInteger();

    /** The winner, or why there is none; null while the race is going on. */
    private final AtomicReference<@Nullable Object> end = new AtomicReference<>();

    /** When the next address is tried, even if no attempt has failed. */
    private volatile long nextAt;

    /** Null until an attempt may have to wait. */
    private @Nullable OperationTimer timer;

    /**
     * Creates a race. The same thread must run it.
     *
     * @param addresses in the order in which to try them
     * @param settings  null for the options of the system
     * @param delay     how long an attempt may take before the next one starts, in nanoseconds
     * @param expiresAt when the race must be over
     */
    AddressRace(List<InetAddress> addresses, int port, @Nullable SocketSettings settings, long delay, long expiresAt) {
        this.addresses = addresses;
        this.port = port;
        this.settings = settings;
        this.delay = delay;
        this.expiresAt = expiresAt;
        this.attempts = new AtomicReferenceArray<>(addresses.size());
    }

    /** Runs the race, and returns the transport of the winner. {@link CallTimeouts#abortOpening} can abort the race. */
    SocketTransport connect(CallTimeouts timeouts) throws IOException {
        timeouts.closeOnAbort(this);
        boolean over = false;
        try {
            int before;
            do {
                before = endedHelpers.get();
                tryAddresses();
                awaitHelpers();
                // A helper that has ended has freed its descriptors. An address that had none can then be tried again.
            } while (endedHelpers.get() != before && end.get() == null && hasNext());
            over = true;
        } finally {
            finish(FAILED);
            if (!over) {
                close();
            }
            if (timer != null) {
                timer.cancel();
            }
        }
        Object result = end.get();
        if (result instanceof SocketTransport winner) {
            timeouts.closeOnAbort(winner);
            return winner;
        }
        if (result == CLOSED) {
            throw new AsynchronousCloseException();
        }
        if (result instanceof Error error) {
            throw error;
        }
        throw failure(result == EXPIRED);
    }

    /** Tries one address after the other, as long as there are any and the race goes on. */
    private void tryAddresses() throws ClosedByInterruptException {
        int index;
        while (end.get() == null && (index = takeNext()) >= 0) {
            nextAt = nextAttemptAt();
            try {
                SocketTransport connected = attempt(index);
                if (!finish(connected)) {
                    connected.close();
                }
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                if (end.get() == null) {
                    attempts.set(index, e);
                }
                if (e instanceof NoDescriptorException) {
                    // Another address would fail in the same way, until an attempt of another thread has ended.
                    return;
                }
            }
        }
    }

    /**
     * Returns the index of the next address to try, or of an address that got no descriptor before; -1 if there is
     * none.
     */
    private int takeNext() {
        int untried = next.getAndUpdate(index -> Math.min(index + 1, addresses.size()));
        if (untried < addresses.size()) {
            return untried;
        }
        for (int i = 0; i < addresses.size(); i++) {
            if (attempts.get(i) instanceof NoDescriptorException failure
                    && attempts.compareAndSet(i, failure, new Repeated(failure))) {
                return i;
            }
        }
        return -1;
    }

    private boolean hasNext() {
        boolean found = next.get() < addresses.size();
        for (int i = 0; i < addresses.size() && !found; i++) {
            found = attempts.get(i) instanceof NoDescriptorException;
        }
        return found;
    }

    private SocketTransport attempt(int index) throws IOException {
        InetSocketAddress address = new InetSocketAddress(addresses.get(index), port);
        if (timer == null && settings != null && settings.factory() != null) {
            // The factory is code of the user, which may take long.
            startTimer();
        }
        SocketTransport transport = SocketTransport.open(address, settings);
        attempts.set(index, transport);
        boolean connected = false;
        try {
            if (expiresAt <= NanoClock.now()) {
                // The factory has taken too long.
                finish(EXPIRED);
            }
            if (end.get() != null) {
                throw new AsynchronousCloseException();
            }
            if (timer == null) {
                // A connect to this machine is usually over at once.
                connected = address.getAddress().isLoopbackAddress() && transport.connectNow(address);
                if (!connected) {
                    startTimer();
                }
            }
            connected = connected || transport.connect(address, NanoClock.NEVER, false);
            return transport;
        } finally {
            if (!connected) {
                transport.close();
            }
        }
    }

    private void startTimer() {
        timer = new OperationTimer(this);
        timer.arm(Math.min(nextAt, expiresAt));
    }

    /**
     * Returns when the next attempt may start: after the delay, or after half of the remaining time if that is sooner.
     * The other half is left for the next addresses.
     */
    private long nextAttemptAt() {
        long now = NanoClock.now();
        return now + Math.max(MIN_DELAY_NANOS, Math.min(delay, (expiresAt - now) / 2));
    }

    /**
     * Called by the timer thread. Ends the race if its time is over. Otherwise starts a helper if the next attempt is
     * due.
     */
    @Override
    public void expired() {
        long now = NanoClock.now();
        if (expiresAt <= now) {
            finish(EXPIRED);
        } else if (end.get() == null) {
            boolean moreToTry = hasNext();
            if (moreToTry && nextAt <= now) {
                nextAt = nextAttemptAt();
                startHelper();
            }
            if (timer != null) {
                timer.restart(moreToTry ? Math.min(nextAt, expiresAt) : expiresAt);
            }
        }
    }

    private void startHelper() {
        // The first virtual thread of a JVM takes longer to start than a platform thread.
        Thread.Builder builder =
                caller.isVirtual() ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        helpers.incrementAndGet();
        boolean started = false;
        try {
            builder.name("httpipe-connect")
                    .inheritInheritableThreadLocals(false)
                    .start(this);
            started = true;
        } finally {
            if (!started) {
                helperEnds();
            }
        }
    }

    /** Does the work of a helper thread. */
    @Override
    public void run() {
        try {
            tryAddresses();
        } catch (ClosedByInterruptException e) {
            // Only the attempt of this thread has failed.
        } catch (Error e) {
            // The calling thread throws this error, as if it had made the attempt itself.
            finish(e);
        } finally {
            helperEnds();
        }
    }

    private void helperEnds() {
        endedHelpers.incrementAndGet();
        helpers.decrementAndGet();
        LockSupport.unpark(caller);
    }

    private void awaitHelpers() throws ClosedByInterruptException {
        while (end.get() == null && helpers.get() > 0) {
            if (caller.isInterrupted()) {
                throw new ClosedByInterruptException();
            }
            LockSupport.park(this);
        }
    }

    /** Ends the race, unless it has ended already. Returns whether this call has ended it. */
    private boolean finish(Object result) {
        if (!end.compareAndSet(null, result)) {
            return false;
        }
        for (int i = 0; i < addresses.size(); i++) {
            if (attempts.get(i) instanceof SocketTransport loser && loser != result) {
                loser.close();
            }
        }
        if (Thread.currentThread() != caller) {
            LockSupport.unpark(caller);
        }
        return true;
    }

    /** Ends all attempts. Closes the winner if there is one already. */
    @Override
    public void close() {
        if (!finish(CLOSED) && end.get() instanceof SocketTransport winner) {
            winner.close();
        }
    }

    /** Returns the winner's address. To be called after the race has been won. */
    InetAddress winner() {
        return addresses.get(winnerIndex());
    }

    private int winnerIndex() {
        int index = 0;
        while (!Objects.equals(attempts.get(index), end.get())) {
            index++;
        }
        return index;
    }

    /** Returns the addresses that failed, or were tried before the winner and did not answer. */
    List<InetAddress> dead() {
        List<InetAddress> dead = List.of();
        int winner = winnerIndex();
        for (int i = 0; i < addresses.size() && attempts.get(i) != null; i++) {
            Object attempt = attempts.get(i);
            boolean tried = !(attempt instanceof Repeated) && !(attempt instanceof NoDescriptorException);
            if (tried && (i < winner || attempt instanceof IOException)) {
                dead = dead.isEmpty() ? new ArrayList<>() : dead;
                dead.add(addresses.get(i));
            }
        }
        return dead;
    }

    /**
     * Returns the exception of a race without a winner. Its message names the addresses, or tells that no descriptor
     * was free. The other failures of the attempts are its suppressed exceptions.
     */
    private IOException failure(boolean expired) {
        StringBuilder tried = new StringBuilder("tried ");
        List<IOException> failures = new ArrayList<>();
        IOException missing = null;
        int count = 0;
        for (; count < addresses.size() && attempts.get(count) != null; count++) {
            Object attempt = attempts.get(count);
            IOException failed = null;
            if (attempt instanceof Repeated repeated) {
                failed = repeated.failure;
            } else if (attempt instanceof IOException e) {
                failed = e;
            }
            if (missing == null && failed instanceof NoDescriptorException) {
                missing = failed;
            } else if (failed != null) {
                failures.add(failed);
            }
            if (count < MAX_LISTED) {
                tried.append(count == 0 ? "" : ", ")
                        .append(addresses.get(count).getHostAddress())
                        .append(failed == null ? " (no answer)" : " (" + message(failed) + ")");
            }
        }
        if (count > MAX_LISTED) {
            tried.append(" and ").append(count - MAX_LISTED).append(" more");
        }
        IOException failure;
        if (expired) {
            failure = new ExpiredException(tried.toString(), false);
            if (missing != null) {
                failures.addFirst(missing);
            }
        } else if (missing != null) {
            // The dialer frees a descriptor, if it can, and tries again.
            failure = missing;
        } else {
            failure = new ConnectException(tried.toString());
        }
        for (IOException each : failures) {
            failure.addSuppressed(each);
        }
        return failure;
    }

    private static String message(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}

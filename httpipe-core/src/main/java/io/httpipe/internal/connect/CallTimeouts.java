package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Holds the time limits of one call: a limit for each step and one deadline for all steps. It also remembers the step
 * that the call is in, so that an error can name it. One thread at a time changes it. Other threads of the call may
 * read it, and any thread may call {@link #abortOpening}.
 */
public final class CallTimeouts {
    /** The limit of each step in nanoseconds; {@link NanoClock#NEVER} for none. */
    public record Limits(long acquire, long connect, long send, long read) {}

    private Limits limits;
    private long deadline;
    private final long start;
    private CallStep step = CallStep.ACQUIRE;

    /** When the current step was entered. The first step is entered at {@code start}. */
    private long enteredAt;

    private boolean firstStepEntered;

    /** {@link #abortOpening} closes it; null until the opening of a connection has begun. */
    private volatile @Nullable Closeable opening;

    private volatile boolean aborted;

    /** The proxy of the last connection that was to be opened through a proxy; null if there was none. */
    private @Nullable ProxyIdentity proxy;

    /** When name lookup, TCP connect and all handshakes together must be over; 0 before the first of them. */
    private long connectBy;

    private long expiresAt = NanoClock.NEVER;

    /** Creates the limits of a call that runs from {@code start} to {@code deadline}, times of {@link NanoClock}. */
    public CallTimeouts(Limits limits, long start, long deadline) {
        this.limits = limits;
        this.start = start;
        this.enteredAt = start;
        this.deadline = deadline;
    }

    /**
     * Enters a step, or starts the next operation of the current step.
     *
     * @return the time by which the operation must be over
     */
    public long enter(CallStep next) {
        if (firstStepEntered) {
            enteredAt = NanoClock.now();
        }
        firstStepEntered = true;
        return enterWithoutWait(next);
    }

    /** Like {@link #enter}, for an operation that will not wait. It does not read the clock. */
    public long enterWithoutWait(CallStep next) {
        long end = NanoClock.plus(enteredAt, next.limit(limits));
        if (next == CallStep.ACQUIRE) {
            connectBy = 0;
        } else if (connectBy == 0 && next == CallStep.RESOLVE) {
            connectBy = end;
        } else if (connectBy != 0
                && (next == CallStep.RESOLVE
                        || next == CallStep.CONNECT
                        || next == CallStep.PROXY
                        || next == CallStep.HANDSHAKE)) {
            // Name lookup, TCP, proxy and TLS share one limit, even if they start again. A slow lookup leaves less time
            // for the rest.
            end = connectBy;
        }
        step = next;
        expiresAt = Math.min(end, deadline);
        return expiresAt;
    }

    /**
     * Like {@link #enter}, for one of many operations. It fails if the deadline has passed, even if no operation ever
     * waits.
     */
    public long enterChecked(CallStep next) throws ExpiredException {
        long end = enter(next);
        requireTime();
        return end;
    }

    /** Fails if the call's deadline had passed when the current step was entered. */
    public void requireTime() throws ExpiredException {
        if (deadline <= enteredAt) {
            throw new ExpiredException();
        }
    }

    /** When an operation of this step must be over if it starts now. For use by other threads of the call. */
    public long endIfStartedNow(CallStep operation) {
        return Math.min(NanoClock.after(operation.limit(limits)), deadline);
    }

    /** Sets the end time of an operation that another thread did for this call. */
    public void setEnd(long time) {
        expiresAt = time;
    }

    /** When the current step was entered. */
    public long entered() {
        return enteredAt;
    }

    /** Returns the same limits for another thread that works for this call. */
    public CallTimeouts forOtherThread() {
        return new CallTimeouts(limits, start, deadline);
    }

    /**
     * Returns the same limits for another attempt of this call. The first step of that attempt begins when it is
     * entered, not at the start of the call.
     */
    public CallTimeouts forNextAttempt() {
        CallTimeouts next = new CallTimeouts(limits, start, deadline);
        next.firstStepEntered = true;
        return next;
    }

    /** Copies the current step of another thread of this call, so that an error can name it. */
    public void copyStepFrom(CallTimeouts other) {
        step = other.step;
        expiresAt = other.expiresAt;
    }

    /** Sets the limits of later steps. The deadline stays. */
    public void limits(Limits newLimits) {
        limits = newLimits;
    }

    /** Makes this time the deadline if it is earlier than the present deadline. */
    public void tighten(long otherDeadline) {
        deadline = Math.min(deadline, otherDeadline);
    }

    /**
     * Sets what {@link #abortOpening} closes from now on. Closes it at once if the opening has been aborted already.
     */
    void closeOnAbort(Closeable current) throws IOException {
        opening = current;
        if (aborted) {
            current.close();
        }
    }

    /** Aborts the opening of a connection that is under way, and all later ones. May be called from any thread. */
    public void abortOpening() {
        aborted = true;
        Closeable current = opening;
        if (current != null) {
            try {
                current.close();
            } catch (IOException e) {
                throw new AssertionError("closing a lookup or a transport never fails", e);
            }
        }
    }

    /** Remembers the proxy of the connection that is being opened, so that an error can name it. */
    void goesThrough(ProxyIdentity newProxy) {
        proxy = newProxy;
    }

    /** The proxy of the last connection that was to be opened through a proxy; null if there was none. */
    public @Nullable ProxyIdentity proxy() {
        return proxy;
    }

    /** When the whole call must be over. */
    public long deadline() {
        return deadline;
    }

    public CallStep step() {
        return step;
    }

    /** Whether the deadline of the call has passed, so that another step makes no sense. */
    public boolean isExpired() {
        return deadline != NanoClock.NEVER && deadline <= NanoClock.now();
    }

    /** Whether the deadline of the call ends the current step, and not the step's own limit. */
    public boolean endsWithDeadline() {
        return expiresAt == deadline;
    }

    /** The limit that ends the current step, for the message of a timeout. */
    public String limit() {
        if (endsWithDeadline()) {
            return "deadline of " + seconds(Math.max(0, deadline - start));
        }
        return step.timeout() + " timeout of " + seconds(step.limit(limits));
    }

    /** Rounds up: a deadline of 2 s was set a little before the start, so slightly less is left. */
    private static String seconds(long nanos) {
        long millis = NanoClock.plus(nanos, 999_999) / 1_000_000;
        return millis < 10_000 ? millis + " ms" : (millis + 999) / 1000 + " s";
    }
}

package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The time that one call has: a limit for each step and one deadline over them all. It also remembers which step the
 * call is in, so that whatever goes wrong can be told with it. Belongs to the call's thread, but for {@link #breakOff}.
 */
public final class CallTimeouts {
    /** The limit of each step in nanoseconds, {@link NanoClock#NEVER} for none. */
    public record Limits(long acquire, long connect, long send, long read) {}

    private Limits limits;
    private long deadline;
    private final long start;
    private CallStep step = CallStep.ACQUIRE;

    /** When the present step was entered; the first one is with the start. */
    private long now;

    private boolean begun;

    /** What is to be closed to break off the opening of a connection; null until there is something. */
    private volatile @Nullable Closeable opening;

    private volatile boolean brokenOff;

    private long connectBy;
    private long expiresAt = NanoClock.NEVER;

    /** A budget that runs from {@code start} to {@code deadline}, times of {@link NanoClock}. */
    public CallTimeouts(Limits limits, long start, long deadline) {
        this.limits = limits;
        this.start = start;
        this.now = start;
        this.deadline = deadline;
    }

    /**
     * Tells that the call is now in this step, or starts its next operation.
     *
     * @return when the operation must be over
     */
    public long enter(CallStep next) {
        if (begun) {
            now = NanoClock.now();
        }
        begun = true;
        return enterWithoutWait(next);
    }

    /** The same for what will not have to wait, so that the clock need not be asked. */
    public long enterWithoutWait(CallStep next) {
        long end = NanoClock.plus(now, next.limit(limits));
        if (next == CallStep.ACQUIRE) {
            connectBy = 0;
        } else if (connectBy == 0 && next == CallStep.RESOLVE) {
            connectBy = end;
        } else if (connectBy != 0
                && (next == CallStep.RESOLVE || next == CallStep.CONNECT || next == CallStep.HANDSHAKE)) {
            // Name, TCP and TLS share one limit, also if they begin anew: what a slow resolver took is gone.
            end = connectBy;
        }
        step = next;
        expiresAt = Math.min(end, deadline);
        return expiresAt;
    }

    /** The same for one of many operations: they must end with the deadline, even if none of them has to wait. */
    public long goOn(CallStep same) throws ExpiredException {
        long end = enter(same);
        requireTime();
        return end;
    }

    /** Fails if the call's time was over when the present step was entered. */
    public void requireTime() throws ExpiredException {
        if (deadline <= now) {
            throw new ExpiredException();
        }
    }

    /** When an operation of this step would have to be over that began now; for threads that the call does not own. */
    public long endOf(CallStep other) {
        return Math.min(NanoClock.after(other.limit(limits)), deadline);
    }

    /** Tells when an operation had to be over that another thread has done for this call. */
    public void endedBy(long time) {
        expiresAt = time;
    }

    /** When the present step was entered. */
    public long entered() {
        return now;
    }

    /** A budget for a thread that works for the same call beside its own. */
    public CallTimeouts beside() {
        return new CallTimeouts(limits, start, deadline);
    }

    /** Takes over which step another budget of this call is in, to tell what went wrong there. */
    public void follow(CallTimeouts other) {
        step = other.step;
        expiresAt = other.expiresAt;
    }

    /** Gives the steps that begin from now on other limits; the deadline stays. */
    public void limits(Limits others) {
        limits = others;
    }

    /** Has the call be over by this time too. */
    public void tighten(long otherDeadline) {
        deadline = Math.min(deadline, otherDeadline);
    }

    /** Tells what is to be closed to break off the opening of a connection from now on. */
    void opensWith(Closeable waiting) throws IOException {
        opening = waiting;
        if (brokenOff) {
            waiting.close();
        }
    }

    /** Ends the opening of a connection that is under way, and those to come; from any thread. */
    public void breakOff() {
        brokenOff = true;
        Closeable waiting = opening;
        if (waiting != null) {
            try {
                waiting.close();
            } catch (IOException e) {
                throw new AssertionError("neither a lookup nor a transport fails to be closed", e);
            }
        }
    }

    /** When the whole call must be over. */
    public long deadline() {
        return deadline;
    }

    public CallStep step() {
        return step;
    }

    /** Whether the whole call's time is over, so that a next step makes no sense. */
    public boolean exhausted() {
        return deadline != NanoClock.NEVER && deadline <= NanoClock.now();
    }

    /** Whether the present step runs into the deadline of the whole call, and not into a limit of its own. */
    public boolean endsWithDeadline() {
        return expiresAt == deadline;
    }

    /** Which limit it is that the present step runs into, for the message of a timeout. */
    public String limit() {
        if (endsWithDeadline()) {
            return "deadline of " + seconds(Math.max(0, deadline - start));
        }
        return step.timeout() + " timeout of " + seconds(step.limit(limits));
    }

    /** Rounded up, for a deadline was set a little before the start. */
    private static String seconds(long nanos) {
        long millis = NanoClock.plus(nanos, 999_999) / 1_000_000;
        return millis < 10_000 ? millis + " ms" : (millis + 999) / 1000 + " s";
    }
}

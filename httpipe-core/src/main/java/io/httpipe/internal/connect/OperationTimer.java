package io.httpipe.internal.connect;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Limits the time of blocking operations, one at a time. The thread that blocks arms and disarms the timer. The {@link
 * TimerThread} fires it when its time is over. Either the disarming or the firing succeeds, never both.
 */
public final class OperationTimer {
    /** Is notified when the time is over. */
    @FunctionalInterface
    public interface Owner {
        /** Called by the timer thread. Must not block. */
        void expired();
    }

    private static final long FIRED = -1;

    /** Armed without a limit. {@link #rearm} can still set a limit, unlike for a disarmed timer. */
    private static final long UNLIMITED = NanoClock.NEVER - 1;

    private static final VarHandle TIME;

    static {
        try {
            TIME = MethodHandles.lookup().findVarHandle(OperationTimer.class, "time", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Owner owner;

    /**
     * When the timer fires; {@link NanoClock#NEVER} while it is disarmed; {@link #FIRED} after it has fired, unless its
     * owner has restarted it.
     */
    @SuppressWarnings("FieldMayBeFinal") // written through TIME
    private volatile long time = NanoClock.NEVER;

    /** Creates a disarmed timer. Call {@link #cancel} when it is no longer needed. */
    public OperationTimer(Owner owner) {
        this.owner = owner;
        TimerThread.INSTANCE.add(this);
    }

    /** Arms the timer for one operation, which must end by this time. */
    public void arm(long expiresAt) {
        if (TIME.compareAndSet(this, NanoClock.NEVER, Math.min(expiresAt, UNLIMITED))) {
            TimerThread.INSTANCE.checkBy(expiresAt);
        }
    }

    /** Sets another time for the operation that is under way. Does nothing if there is none. */
    void rearm(long expiresAt) {
        for (long armed = time; armed != FIRED && armed != NanoClock.NEVER; armed = time) {
            if (TIME.compareAndSet(this, armed, Math.min(expiresAt, UNLIMITED))) {
                TimerThread.INSTANCE.checkBy(expiresAt);
                return;
            }
        }
    }

    /** Arms the timer again. Only its owner may do so, and only inside {@link Owner#expired}. */
    void restart(long expiresAt) {
        time = Math.min(expiresAt, UNLIMITED);
        TimerThread.INSTANCE.checkBy(expiresAt);
    }

    /** Disarms the timer. Fails if it has fired. */
    void finish() throws ExpiredException {
        if (!disarm()) {
            throw new ExpiredException();
        }
    }

    /** Disarms the timer. Returns false if it has fired. */
    public boolean disarm() {
        for (long armed = time; armed != FIRED; armed = time) {
            if (armed == NanoClock.NEVER || TIME.compareAndSet(this, armed, NanoClock.NEVER)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it has fired. */
    boolean hasFired() {
        return time == FIRED;
    }

    /** When it will fire; {@link NanoClock#NEVER} if it is not armed or has fired. */
    long time() {
        long armed = time;
        return armed == FIRED ? NanoClock.NEVER : armed;
    }

    void fire() {
        long armed = time;
        if (armed != FIRED && armed <= NanoClock.now() && TIME.compareAndSet(this, armed, FIRED)) {
            try {
                owner.expired();
            } catch (Throwable e) {
                // The owner was not notified, for example because memory ran out. The timer will fire again.
                time = armed;
                throw e;
            }
        }
    }

    /** Removes the timer from the timer thread. It may still fire one time, if the thread is about to fire it now. */
    public void cancel() {
        TimerThread.INSTANCE.remove(this);
    }
}

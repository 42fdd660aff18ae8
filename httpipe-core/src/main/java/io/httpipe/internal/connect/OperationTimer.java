package io.httpipe.internal.connect;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The time limit of one blocking operation after another. The thread that blocks arms and disarms it; the
 * {@link TimerThread} fires it when its time has come. Exactly one of disarming and firing wins.
 */
public final class OperationTimer {
    /** Who learns that time is over. */
    @FunctionalInterface
    public interface Owner {
        /** Called by the watchdog's thread, so it must not block. */
        void expired();
    }

    private static final long FIRED = -1;

    /** Armed to no time at all, which is not the same as disarmed: {@link #rearm} can still set one. */
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

    /** When it fires; {@link NanoClock#NEVER} while disarmed, {@link #FIRED} for good once its owner has been told. */
    @SuppressWarnings("FieldMayBeFinal") // written through TIME
    private volatile long time = NanoClock.NEVER;

    /** A watch that tells its owner. */
    public OperationTimer(Owner owner) {
        this.owner = owner;
        TimerThread.INSTANCE.add(this);
    }

    /** Sets the time at which it fires. */
    public void arm(long expiresAt) {
        if (TIME.compareAndSet(this, NanoClock.NEVER, Math.min(expiresAt, UNLIMITED))) {
            TimerThread.INSTANCE.wakeBy(expiresAt);
        }
    }

    /** Sets another time for the operation that is under way; nothing happens if there is none. */
    void rearm(long expiresAt) {
        for (long armed = time; armed != FIRED && armed != NanoClock.NEVER; armed = time) {
            if (TIME.compareAndSet(this, armed, Math.min(expiresAt, UNLIMITED))) {
                TimerThread.INSTANCE.wakeBy(expiresAt);
                return;
            }
        }
    }

    /** Ends the operation's time. */
    void settle() throws ExpiredException {
        if (!disarm()) {
            throw new ExpiredException();
        }
    }

    /** Ends the operation's time; false if it had fired. */
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

    /** When it is to fire; {@link NanoClock#NEVER} if it is not armed or has fired. */
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
                // Who has not been told, perhaps for want of memory, is told again.
                time = armed;
                throw e;
            }
        }
    }

    /** Never fires again. */
    public void cancel() {
        TimerThread.INSTANCE.remove(this);
    }
}

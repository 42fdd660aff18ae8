package io.httpipe.internal.connect;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Sets deadlines for all calls that a piece of code makes, as times of {@link NanoClock}. Thread-safe. */
public final class Deadlines {
    /** Whether any code has used a deadline. Until then, no call reads a thread local. */
    private static volatile boolean used;

    private Deadlines() {}

    /**
     * Work under a deadline.
     *
     * @param <T> the result
     * @param <X> what the work throws
     */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object, X extends Exception> {
        T run() throws X;
    }

    /** Runs the work under this deadline, or under the current one if that is earlier. */
    public static <T extends @Nullable Object, X extends Exception> T around(long deadline, Work<T, X> work) throws X {
        used = true;
        return AmbientDeadline.around(deadline, work);
    }

    /** The deadline of the current thread; {@link NanoClock#NEVER} if there is none. */
    public static long current() {
        return used ? AmbientDeadline.current() : NanoClock.NEVER;
    }

    /** Returns a task that runs under the current deadline, even on a thread that does not inherit the deadline. */
    public static <T extends @Nullable Object> Callable<T> inherited(Callable<T> task) {
        long deadline = current();
        return deadline == NanoClock.NEVER ? task : () -> around(deadline, task::call);
    }
}

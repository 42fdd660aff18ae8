package io.httpipe;

import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The moment by which a whole call must end. The call includes the wait for a connection, the name lookup, connecting,
 * TLS, sending, reading, and all further attempts.
 *
 * {@snippet :
 * Deadline deadline = Deadline.after(Duration.ofSeconds(2));
 * Response user = hp.request(Request.get(userUri).deadline(deadline));
 * Response orders = hp.request(Request.get(ordersUri).deadline(deadline)); // only the rest of the 2 seconds
 * }
 *
 * <p>A call that reaches its deadline throws {@link TimedOutException} and closes its connection. Immutable and
 * thread-safe.
 */
public final class Deadline {
    /** The deadline that never passes. */
    public static final Deadline NONE = new Deadline(NanoClock.NEVER);

    private final long ticks;

    private Deadline(long ticks) {
        this.ticks = ticks;
    }

    /**
     * {@return a deadline this long from now}
     *
     * @param duration positive
     * @throws IllegalArgumentException if the duration is null, zero or negative
     */
    public static Deadline after(Duration duration) {
        return new Deadline(NanoClock.after(NanoClock.nanos(Arguments.positive("duration", duration))));
    }

    /**
     * Code that runs under a deadline and returns a result.
     *
     * @param <T> the result
     * @param <X> what it may throw
     */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object, X extends Exception> {
        /**
         * Runs the code.
         *
         * @return the result
         * @throws X if it fails
         */
        T run() throws X;
    }

    /**
     * Code that runs under a deadline and returns nothing.
     *
     * @param <X> what it may throw
     */
    @FunctionalInterface
    public interface Action<X extends Exception> {
        /**
         * Runs the code.
         *
         * @throws X if it fails
         */
        void run() throws X;
    }

    /**
     * Runs code under a deadline that applies to every call that the code makes.
     *
     * {@snippet :
     * Page page = Deadline.within(Duration.ofSeconds(2), () -> {
     *     try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
     *         Future<Response> user = threads.submit(() -> hp.get(userUri));
     *         Future<Response> cart = threads.submit(() -> hp.get(cartUri));
     *         return new Page(user.get(), cart.get());
     *     }
     * });
     * }
     *
     * <p>The deadline applies to the calling thread until this method returns. It also applies to virtual threads that
     * this thread creates in the work, and to virtual threads that those create. A virtual thread that outlives this
     * method no longer has the deadline. Two kinds of threads do not inherit the deadline:
     *
     * <ul>
     *   <li>platform threads, because a pool may create one in the work and keep it for other work,
     *   <li>virtual threads that do not inherit thread locals
     *       ({@link Thread.Builder#inheritInheritableThreadLocals inheritInheritableThreadLocals(false)}).
     * </ul>
     *
     * <p>Code on such a thread can itself call {@code within}.
     *
     * <p>If several deadlines apply, the earliest one counts: this one, that of an outer {@code within}, that of the
     * client, or that of the request. The deadline applies to HTTP calls that begin in the work, even if they end after
     * this method has returned. A response that was opened before this method was called, or a request that was sent
     * before, keeps its own deadline.
     *
     * <p>Use {@link #runWithin} for code that returns nothing, and {@link #callWithin} from Kotlin.
     *
     * @param <T>      the result of the work
     * @param <X>      what the work may throw
     * @param duration positive
     * @param work     runs on the calling thread; at the deadline its calls end, but the thread is not interrupted
     * @return the result of the work
     * @throws X                        what the work throws
     * @throws IllegalArgumentException if the duration is null, zero or negative, or the work is null
     */
    public static <T extends @Nullable Object, X extends Exception> T within(Duration duration, Work<T, X> work)
            throws X {
        Arguments.notNull("work", work);
        return Deadlines.around(after(duration).ticks, work::run);
    }

    /**
     * Runs code that returns nothing under a deadline, as {@link #within} does.
     *
     * {@snippet :
     * Deadline.runWithin(Duration.ofSeconds(2), () -> {
     *     hp.request(Request.post(ordersUri).body(order));
     *     hp.request(Request.post(mailsUri).body(mail)); // only the rest of the 2 seconds
     * });
     * }
     *
     * @param <X>      what the action may throw
     * @param duration positive
     * @param action   runs on the calling thread
     * @throws X                        what the action throws
     * @throws IllegalArgumentException if the duration is null, zero or negative, or the action is null
     */
    public static <X extends Exception> void runWithin(Duration duration, Action<X> action) throws X {
        Arguments.notNull("action", action);
        Deadlines.<@Nullable Void, X>around(after(duration).ticks, () -> {
            action.run();
            return null;
        });
    }

    /**
     * Runs a task under a deadline, as {@link #within} does, but without a type parameter for exceptions. Use it from
     * languages without checked exceptions, such as Kotlin: their compilers cannot infer that parameter. Use it also
     * for an existing {@link Callable}. In Kotlin, this method can also run code that returns nothing.
     *
     * {@snippet lang=kotlin :
     * val page = Deadline.callWithin(Duration.ofSeconds(2)) { Page(hp.get(userUri), hp.get(cartUri)) }
     * }
     *
     * @param <T>      the result of the task
     * @param duration positive
     * @param task     runs on the calling thread
     * @return the result of the task
     * @throws Exception                what the task throws
     * @throws IllegalArgumentException if the duration is null, zero or negative, or the task is null
     */
    public static <T extends @Nullable Object> T callWithin(Duration duration, Callable<T> task) throws Exception {
        Arguments.notNull("task", task);
        return Deadlines.around(after(duration).ticks, task::call);
    }

    /**
     * {@return the deadline of the code that calls this: that of a surrounding {@link #within}, or of the call whose
     * {@link Interceptor} or {@link TokenSource} runs; {@link #NONE} if there is none} An interceptor must not wait
     * beyond this deadline.
     */
    public static Deadline current() {
        long ticks = Deadlines.current();
        return ticks == NanoClock.NEVER ? NONE : new Deadline(ticks);
    }

    /** {@return the time left; zero after the deadline has passed, about 292 years for {@link #NONE}} */
    public Duration remaining() {
        return Duration.ofNanos(ticks == NanoClock.NEVER ? ticks : Math.max(0, ticks - NanoClock.now()));
    }

    /** {@return whether the deadline has passed} */
    public boolean isExpired() {
        return ticks <= NanoClock.now();
    }

    /**
     * {@return the earlier of the two deadlines}
     *
     * @param other may be {@link #NONE}
     */
    public Deadline earlier(Deadline other) {
        return Arguments.notNull("other", other).ticks < ticks ? other : this;
    }

    long ticks() {
        return ticks;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Deadline deadline && deadline.ticks == ticks;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(ticks);
    }

    @Override
    public String toString() {
        return ticks == NanoClock.NEVER ? "no deadline" : "deadline in " + remaining();
    }
}

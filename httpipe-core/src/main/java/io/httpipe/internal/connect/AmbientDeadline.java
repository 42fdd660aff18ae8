package io.httpipe.internal.connect;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Holds the deadlines of {@link Deadlines} in a thread local. The class is loaded only when a deadline is used.
 *
 * <p>A deadline applies in the thread that opened its scope, and in virtual threads that were created inside the scope,
 * until the scope is closed. A platform thread that was created inside inherits a copy too, because a thread local
 * cannot tell the two kinds of threads apart. That copy has no effect and is not passed on.
 *
 * <p>The value that threads inherit is an {@link AtomicReference}. While the scope is open, it holds the {@link Scope}.
 * Afterwards it holds the {@code AtomicReference} of the enclosing scope, or null. Closing a scope therefore affects
 * every copy. {@code AtomicReference} is a class of the JDK, so a copy that a pooled thread keeps does not keep the
 * class loader of httpipe alive.
 */
final class AmbientDeadline extends InheritableThreadLocal<AtomicReference<?>> {
    private static final AmbientDeadline CURRENT = new AmbientDeadline();

    /** The content of an open scope's reference: its deadline, and the thread that opened it. */
    private record Scope(long deadline, long owner) {}

    private AmbientDeadline() {}

    /** Runs the work under this deadline, or under the current one if that is earlier. */
    static <T extends @Nullable Object, X extends Exception> T around(long deadline, Deadlines.Work<T, X> work)
            throws X {
        AtomicReference<?> outer = open(CURRENT.get());
        Scope scope = new Scope(
                Math.min(deadline, deadline(outer)), Thread.currentThread().threadId());
        AtomicReference<@Nullable Object> reference = new AtomicReference<>(scope);
        CURRENT.set(reference);
        try {
            return work.run();
        } finally {
            reference.set(outer);
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        }
    }

    /** The deadline of the current thread; {@link NanoClock#NEVER} if there is none. */
    static long current() {
        return deadline(open(CURRENT.get()));
    }

    private static long deadline(@Nullable AtomicReference<?> reference) {
        return reference != null && reference.get() instanceof Scope scope ? scope.deadline : NanoClock.NEVER;
    }

    /**
     * Finds the innermost scope that is still open, starting at this reference.
     *
     * @return null if none is open, or if it does not apply in the current thread
     */
    private static @Nullable AtomicReference<?> open(@Nullable AtomicReference<?> inherited) {
        AtomicReference<?> reference = inherited;
        while (reference != null) {
            Object content = reference.get();
            if (content instanceof Scope scope) {
                Thread self = Thread.currentThread();
                return self.isVirtual() || scope.owner == self.threadId() ? reference : null;
            }
            reference = (AtomicReference<?>) content;
        }
        return null;
    }

    /**
     * Runs on the thread that creates the child thread. The child inherits only a scope that applies in the creating
     * thread.
     */
    @Override
    protected @Nullable AtomicReference<?> childValue(@Nullable AtomicReference<?> parentValue) {
        return open(parentValue);
    }
}

package io.httpipe;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The deadline around the code that a thread runs: see {@link Deadline#within}. Loaded only once it is used.
 *
 * <p>Each {@code within} is a <em>scope</em>. It counts in the thread that opened it and in virtual threads that were
 * created inside it, until it is closed. A platform thread created inside inherits a copy too, because a thread local
 * cannot tell the two kinds of threads apart; there the copy counts for nothing and is not passed on.
 *
 * <p>What threads inherit is a reference of the JDK's own kind. While the scope is open it holds the {@link Scope};
 * afterwards it holds the reference of the scope around it, or null. So closing a scope reaches every copy, and a copy
 * that a pooled thread keeps for good does not keep the class loader of these classes.
 */
final class AmbientDeadline extends InheritableThreadLocal<AtomicReference<?>> {
    private static final AmbientDeadline CURRENT = new AmbientDeadline();

    /** What an open scope's reference holds: its deadline, and the thread that opened it. */
    private record Scope(Deadline deadline, long owner) {}

    private AmbientDeadline() {}

    /** Runs the work with this deadline around it, or with the present one if that is tighter. */
    static <T extends @Nullable Object, X extends Exception> T around(Deadline deadline, Deadline.Work<T, X> work)
            throws X {
        AtomicReference<?> outer = open(CURRENT.get());
        Scope scope = new Scope(
                deadline.earlier(deadline(outer)), Thread.currentThread().threadId());
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

    /** The deadline around the current thread; {@link Deadline#NONE} if there is none. */
    static Deadline current() {
        return deadline(open(CURRENT.get()));
    }

    private static Deadline deadline(@Nullable AtomicReference<?> reference) {
        return reference != null && reference.get() instanceof Scope scope ? scope.deadline : Deadline.NONE;
    }

    /**
     * The reference of the innermost scope that is still open, starting at this one.
     *
     * @return null if none is open, or if it does not count in the current thread
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

    /** Called by the thread that creates the child: only what counts there is passed on. */
    @Override
    protected @Nullable AtomicReference<?> childValue(@Nullable AtomicReference<?> parentValue) {
        return open(parentValue);
    }
}

package io.httpipe.internal.connect;

import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * Creates daemon platform threads that serve the whole JVM.
 *
 * <p>Such a thread must not keep the class loader of its first caller alive while other callers still need the thread.
 * It therefore inherits neither thread locals, nor the context class loader, nor the access control context. On JDK 21
 * the access control context refers to every class loader on the caller's stack.
 */
final class SharedThread implements PrivilegedAction<Thread> {
    /** The first Java release in which threads inherit no access control context. */
    private static final int FIRST_WITHOUT_CONTEXT = 24;

    private final String name;
    private final Runnable task;

    private SharedThread(String name, Runnable task) {
        this.name = name;
        this.task = task;
    }

    /** Returns a thread that is not started yet. */
    static Thread create(String name, Runnable task) {
        SharedThread factory = new SharedThread(name, task);
        return Runtime.version().feature() < FIRST_WITHOUT_CONTEXT ? createPrivileged(factory) : factory.run();
    }

    @SuppressWarnings("removal") // not called on releases that may have removed the method
    private static Thread createPrivileged(SharedThread factory) {
        return AccessController.doPrivileged(factory);
    }

    @Override
    public Thread run() {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        return thread;
    }
}

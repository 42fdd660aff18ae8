package io.httpipe.internal.connect;

import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * Makes daemon platform threads that serve the whole JVM. Such a thread must keep nothing of the caller that it is first
 * made for, whose class loader may have to be collected while others still need the thread: neither thread locals, nor
 * the context class loader, nor the access control context, which on JDK 21 refers to every class loader on the
 * caller's stack.
 */
final class SharedThread implements PrivilegedAction<Thread> {
    /** Since this release threads inherit no access control context. */
    private static final int NO_CONTEXT = 24;

    private final String name;
    private final Runnable task;

    private SharedThread(String name, Runnable task) {
        this.name = name;
        this.task = task;
    }

    /** A thread that has not been started. */
    static Thread make(String name, Runnable task) {
        SharedThread maker = new SharedThread(name, task);
        return Runtime.version().feature() < NO_CONTEXT ? makePrivileged(maker) : maker.run();
    }

    @SuppressWarnings("removal") // not called on releases that may have removed it
    private static Thread makePrivileged(SharedThread maker) {
        return AccessController.doPrivileged(maker);
    }

    @Override
    public Thread run() {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        return thread;
    }
}

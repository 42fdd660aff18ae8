package io.httpipe.test.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/** Keeps the connections whose scripts run, and ends them. Thread-safe. */
final class Services {
    /** How long {@link ScriptedServer#close} waits. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** A connection and the thread of its script. */
    private record Service(Link link, Thread thread) {}

    private final Set<Service> running = ConcurrentHashMap.newKeySet();

    void add(Link link, Thread thread) {
        running.add(new Service(link, thread));
    }

    void remove(Link link, Thread thread) {
        running.remove(new Service(link, thread));
    }

    /**
     * Cuts the connections, interrupts their scripts, and waits for the end of the scripts. It leaves out the script
     * that runs on this thread.
     *
     * @param deadline the time by {@link System#nanoTime}
     * @param stuck called for each script that has not ended by then
     */
    void end(long deadline, BiConsumer<Link, AssertionError> stuck) throws InterruptedException {
        List<Service> open = new ArrayList<>(running);
        open.removeIf(service -> service.thread == Thread.currentThread());
        for (Service service : open) {
            service.link.cut();
            service.thread.interrupt();
        }
        for (Service service : open) {
            if (!service.thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                AssertionError error = new AssertionError(service.thread.getName() + " has not ended within "
                        + PATIENCE.toSeconds() + " s after it was interrupted");
                error.setStackTrace(service.thread.getStackTrace());
                stuck.accept(service.link, error);
            }
        }
    }

    /** {@return whether a script can fail with this exception because its server closes} */
    static boolean isOfClose(Throwable failure) {
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < 20; cause = cause.getCause()) {
            if (cause instanceof IOException || cause instanceof InterruptedException) {
                return true;
            }
            depth++;
        }
        return false;
    }
}

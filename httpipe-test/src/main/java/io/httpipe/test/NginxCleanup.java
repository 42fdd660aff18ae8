package io.httpipe.test;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Removes the containers that still run when the JVM ends, with or without Ryuk. */
final class NginxCleanup {
    private static final Set<NginxContainer> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(NginxCleanup::stopAll, "httpipe-nginx-cleanup"));
    }

    private NginxCleanup() {}

    static void add(NginxContainer container) {
        RUNNING.add(container);
    }

    static void remove(NginxContainer container) {
        RUNNING.remove(container);
    }

    private static void stopAll() {
        List.copyOf(RUNNING).forEach(NginxContainer::stop);
    }
}

package io.httpipe.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/** The JVM between turns: what one client leaves to be done is not to be done in the turn of another. */
final class Calm {
    private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

    /** How long nothing may have been compiled until nothing more is expected. */
    private static final int STILL_MILLIS = 50;

    /** After how many such times it is waited for no longer. */
    private static final int PATIENCE = 40;

    private Calm() {}

    /** Collects garbage, and waits until nothing is being compiled, or for two seconds. */
    static void await() throws InterruptedException {
        System.gc();
        long before = -1;
        for (int i = 0; i < PATIENCE && compiled() != before; i++) {
            before = compiled();
            Thread.sleep(STILL_MILLIS);
        }
    }

    /** For how many milliseconds the JVM has compiled so far. */
    static long compiled() {
        return COMPILER.getTotalCompilationTime();
    }
}

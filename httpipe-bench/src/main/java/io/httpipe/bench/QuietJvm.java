package io.httpipe.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/** Lets the JVM finish the work that a turn has left, so that it does not slow the next client's turn. */
final class QuietJvm {
    private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

    /** If nothing was compiled for this long, no more compilation is expected. */
    private static final int CHECK_MILLIS = 50;

    /** The maximum number of such checks. */
    private static final int MAX_CHECKS = 40;

    private QuietJvm() {}

    /** Collects garbage, and waits until nothing is being compiled, at most two seconds. */
    static void await() throws InterruptedException {
        System.gc();
        long before = -1;
        for (int i = 0; i < MAX_CHECKS && compilationMillis() != before; i++) {
            before = compilationMillis();
            Thread.sleep(CHECK_MILLIS);
        }
    }

    /** The time that the JVM has spent on compilation so far. */
    static long compilationMillis() {
        return COMPILER.getTotalCompilationTime();
    }
}

package io.httpipe.bench;

import com.sun.jna.Function;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * The resources that this process has used so far.
 *
 * <p>The JVM attributes the allocations of a virtual thread to its carrier thread. The sum over all platform threads,
 * including ended ones, therefore contains everything. Processor time is that of the whole process, with garbage
 * collection and compilation.
 *
 * @param nanos     {@link System#nanoTime}
 * @param cpu       processor time in nanoseconds, read from Linux. The JDK's own figure has steps of 10 ms
 * @param allocated bytes of heap
 */
record Meter(long nanos, long cpu, long allocated) {
    /** The number of the clock in Linux. */
    private static final int CLOCK_PROCESS_CPUTIME_ID = 2;

    private static final Function CLOCK_GETTIME = Function.getFunction("c", "clock_gettime");
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Meter read() {
        return new Meter(System.nanoTime(), processorTime(), THREADS.getTotalThreadAllocatedBytes());
    }

    private static long processorTime() {
        long[] secondsAndNanos = new long[2];
        int failed = CLOCK_GETTIME.invokeInt(new Object[] {CLOCK_PROCESS_CPUTIME_ID, secondsAndNanos});
        if (failed != 0) {
            throw new IllegalStateException("the kernel has no clock for the processor time of a process");
        }
        return secondsAndNanos[0] * 1_000_000_000 + secondsAndNanos[1];
    }

    /** The difference to an earlier reading. */
    Meter since(Meter start) {
        return new Meter(nanos - start.nanos, cpu - start.cpu, allocated - start.allocated);
    }
}

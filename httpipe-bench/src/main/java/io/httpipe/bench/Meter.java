package io.httpipe.bench;

import com.sun.jna.Function;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has used so far.
 *
 * <p>Allocation by a virtual thread is booked on its carrier, so the sum over all platform threads, those that have
 * ended included, has everything. Processor time is that of the whole process: garbage collection and compilation too.
 *
 * @param nanos     {@link System#nanoTime}
 * @param cpu       processor time in nanoseconds, asked of Linux itself: what the JDK tells comes in steps of 10 ms
 * @param allocated bytes
 */
record Meter(long nanos, long cpu, long allocated) {
    /** Linux's number of that clock. */
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

    /** What has been used since another reading. */
    Meter since(Meter start) {
        return new Meter(nanos - start.nanos, cpu - start.cpu, allocated - start.allocated);
    }
}

package io.httpipe.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has used so far.
 *
 * <p>Allocation by a virtual thread is booked on its carrier, so the sum over all platform threads, those that have
 * ended included, has everything. Processor time is that of the whole process: garbage collection and compilation too.
 *
 * @param nanos     {@link System#nanoTime}
 * @param cpu       processor time in nanoseconds; Linux counts it in steps of 10 ms
 * @param allocated bytes
 */
record Meter(long nanos, long cpu, long allocated) {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Meter read() {
        return new Meter(System.nanoTime(), PROCESS.getProcessCpuTime(), THREADS.getTotalThreadAllocatedBytes());
    }

    /** What has been used since another reading. */
    Meter since(Meter start) {
        return new Meter(nanos - start.nanos, cpu - start.cpu, allocated - start.allocated);
    }
}

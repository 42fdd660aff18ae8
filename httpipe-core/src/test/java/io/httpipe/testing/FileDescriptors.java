package io.httpipe.testing;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Counts the open file descriptors of this process. */
public final class FileDescriptors {
    private FileDescriptors() {}

    /** {@return the number of open descriptors} */
    public static long open() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }

    /**
     * Waits until at most {@code enough} descriptors are open, or the number has not fallen for the time of
     * {@code patience}. A closed descriptor stays open while any thread, even one of the test server, still reads from it.
     *
     * @return the least number seen
     */
    public static long least(long enough, Duration patience) {
        long least = Long.MAX_VALUE;
        long since = System.nanoTime();
        while (least > enough && System.nanoTime() - since < patience.toNanos()) {
            long now = open();
            if (now < least) {
                least = now;
                since = System.nanoTime();
            }
            Thread.onSpinWait();
        }
        return least;
    }
}

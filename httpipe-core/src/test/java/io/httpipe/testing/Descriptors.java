package io.httpipe.testing;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** The file descriptors of this process. */
public final class Descriptors {
    private Descriptors() {}

    /** How many are open. */
    public static long open() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }

    /**
     * How many are open once no more than {@code enough} are, or none has been closed for as long as the patience
     * lasts. What has been closed stays open for as long as a thread is still reading from it, one of the server too.
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

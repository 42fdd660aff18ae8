package io.httpipe.internal.call;

import io.httpipe.internal.connect.NanoClock;
import org.jspecify.annotations.Nullable;

/** Counts the bytes of a transfer. Reports them at most ten times a second, and at the end. Not thread-safe. */
public final class ProgressMeter {
    private static final long INTERVAL = 100_000_000;

    private final Report report;
    private final long start = NanoClock.now();
    private long reportedAt = start;
    private long total;
    private long bytes;

    /** All bytes that have been counted, including those before {@link #restart}. */
    private long moved;

    /** The meter of a longer transfer, of which this one is a part; null for none. */
    private @Nullable ProgressMeter outer;

    /** Receives the reports. */
    @FunctionalInterface
    public interface Report {
        /**
         * Reports the state of a transfer.
         *
         * @param total          -1 if it is unknown
         * @param bytesPerSecond the average since the start
         */
        void report(long bytes, long total, double bytesPerSecond);
    }

    public ProgressMeter(Report report, long total) {
        this.report = report;
        this.total = total;
    }

    /** Starts to count from 0 again. */
    public void restart(long newTotal) {
        bytes = 0;
        total = newTotal;
    }

    void within(@Nullable ProgressMeter longer) {
        outer = longer;
    }

    /** Counts bytes, and reports if it is time. */
    public void add(long count) {
        bytes += count;
        moved += count;
        if (outer != null) {
            outer.add(count);
        }
        long now = NanoClock.now();
        if (now - reportedAt >= INTERVAL) {
            reportedAt = now;
            report(now);
        }
    }

    /** Reports the end of the transfer. */
    public void end() {
        report(NanoClock.now());
    }

    private void report(long now) {
        report.report(bytes, total, moved * 1e9 / Math.max(1, now - start));
    }
}

package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Logs what {@code close()} is waiting for, to the logger {@code io.httpipe}. Not thread-safe. */
final class CloseReport {
    /** How many leases are listed. Further leases are only counted. */
    private static final int MAX_LISTED = 10;

    private final List<Lease> leases = new ArrayList<>();
    private int waitingCalls;

    private record Lease(Object holder, long leasedAt) {}

    /** Adds a leased connection; does nothing if {@code holder} is null. */
    void addLease(@Nullable Object holder, long leasedAt) {
        if (holder != null) {
            leases.add(new Lease(holder, leasedAt));
        }
    }

    /** Sets how many calls wait for a connection. */
    void waitingCalls(int count) {
        waitingCalls = count;
    }

    /** Logs a warning, with the longest lease first; logs nothing if the report is empty. Call it without the lock. */
    void log() {
        if (waitingCalls == 0 && leases.isEmpty()) {
            return;
        }
        long now = NanoClock.now();
        leases.sort(Comparator.comparingLong(Lease::leasedAt));
        StringJoiner message = new StringJoiner("; ", "close() still waits for ", "");
        for (Lease lease : leases.subList(0, Math.min(leases.size(), MAX_LISTED))) {
            message.add(String.format(
                    Locale.ROOT, "%s (running for %,d ms)", lease.holder, (now - lease.leasedAt) / 1_000_000));
        }
        if (leases.size() > MAX_LISTED) {
            message.add("%d more".formatted(leases.size() - MAX_LISTED));
        }
        if (waitingCalls > 0) {
            message.add(
                    waitingCalls == 1
                            ? "a call that has no connection"
                            : waitingCalls + " calls that have no connection");
        }
        System.getLogger("io.httpipe").log(System.Logger.Level.WARNING, message.toString());
    }
}

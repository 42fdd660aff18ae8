package io.httpipe.internal.pool;

import io.httpipe.internal.connect.NanoClock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** What the closing of a client waits for, for the log of {@code io.httpipe}. Belongs to the closing thread. */
final class CloseReport {
    /** Those beyond are only counted. */
    private static final int MOST = 10;

    private final List<Lease> leases = new ArrayList<>();
    private int waiting;

    private record Lease(Object holder, long since) {}

    /** Adds who has a connection, if somebody has. */
    void add(@Nullable Object holder, long since) {
        if (holder != null) {
            leases.add(new Lease(holder, since));
        }
    }

    /** Sets how many calls wait for a connection. */
    void waiting(int calls) {
        waiting = calls;
    }

    /** Writes a warning, if there is somebody: who has had a connection for longest first; to be called without a lock. */
    void write() {
        long now = NanoClock.now();
        leases.sort(Comparator.comparingLong(Lease::since));
        StringJoiner all = new StringJoiner("; ", "close() still waits for ", "");
        for (Lease lease : leases.subList(0, Math.min(leases.size(), MOST))) {
            all.add(String.format(Locale.ROOT, "%s for %,d ms", lease.holder, (now - lease.since) / 1_000_000));
        }
        if (leases.size() > MOST) {
            all.add("%d more".formatted(leases.size() - MOST));
        }
        if (waiting > 0) {
            all.add(waiting == 1 ? "a call that has no connection" : waiting + " calls that have no connection");
        }
        if (waiting > 0 || !leases.isEmpty()) {
            System.getLogger("io.httpipe").log(System.Logger.Level.WARNING, all.toString());
        }
    }
}

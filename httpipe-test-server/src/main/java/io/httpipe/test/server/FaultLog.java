package io.httpipe.test.server;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Remembers the latest 1,000 faults that a relay or an interceptor has injected. Thread-safe. */
public final class FaultLog {
    private static final int MAX = 1_000;

    private final ConcurrentLinkedQueue<InjectedFault> faults = new ConcurrentLinkedQueue<>();
    private final AtomicLong count = new AtomicLong();

    /** Creates an empty log. */
    public FaultLog() {}

    /**
     * Adds a fault.
     *
     * @param fault a fault that happens now
     */
    public void add(InjectedFault fault) {
        faults.add(fault);
        if (count.incrementAndGet() > MAX) {
            faults.poll();
        }
    }

    /** {@return how many faults have been added} */
    public long count() {
        return count.get();
    }

    /** {@return the latest faults, sorted by number, direction and byte} */
    public List<InjectedFault> faults() {
        return faults.stream().sorted().toList();
    }

    /** Returns one line for each fault. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        faults().forEach(fault -> text.append("\n  ").append(fault));
        return text.toString();
    }
}

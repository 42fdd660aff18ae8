package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DnsLookupTest {
    private static final List<InetAddress> FOUND = List.of(InetAddress.getLoopbackAddress());

    private final Semaphore slots = new Semaphore(1);
    private final Signal asked = new Signal();
    private final Signal answered = new Signal();
    private final ConcurrentLinkedQueue<String> queriedHosts = new ConcurrentLinkedQueue<>();

    /** Answers only after {@link #answered} is set. */
    private final Resolver slow = host -> {
        queriedHosts.add(host);
        asked.set();
        answered.await();
        return FOUND;
    };

    private List<InetAddress> find(String host, Duration timeout) throws Exception {
        long expiresAt = NanoClock.after(timeout.toNanos());
        return Threads.VIRTUAL.call(() -> new DnsLookup(slow, host, slots).find(expiresAt));
    }

    @Test
    void noMoreLookupsRunThanThereAreSlotsAndALookupThatWasGivenUpNeverRuns() throws Exception {
        FutureTask<List<InetAddress>> first = new FutureTask<>(() -> find("a", Duration.ofSeconds(20)));
        Thread.ofVirtual().start(first);
        asked.await();
        assertThrows(ExpiredException.class, () -> find("b", Duration.ofMillis(20)));
        answered.set();
        assertEquals(FOUND, first.get());
        assertEquals(FOUND, find("c", Duration.ofSeconds(20)));
        assertEquals(List.of("a", "c"), List.copyOf(queriedHosts));
    }

    @Test
    void anAbandonedLookupKeepsItsSlotUntilItEnds() throws Exception {
        DnsLookup abandoned = new DnsLookup(slow, "a", slots);
        Thread.ofVirtual().start(abandoned);
        asked.await();
        abandoned.close();
        assertThrows(ExpiredException.class, () -> find("b", Duration.ofMillis(20)));
        answered.set();
        assertEquals(FOUND, find("c", Duration.ofSeconds(20)));
        assertEquals(List.of("a", "c"), List.copyOf(queriedHosts));
    }
}

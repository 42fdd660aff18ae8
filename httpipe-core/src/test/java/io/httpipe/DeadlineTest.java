package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A {@link Deadline}: remaining time, ordering and scopes. */
class DeadlineTest {
    private static final Deadline HOUR = Deadline.after(Duration.ofHours(1));

    @Test
    void theRemainingTimeDecreases() {
        Duration first = HOUR.remaining();
        assertTrue(first.compareTo(Duration.ofHours(1)) <= 0, first.toString());
        assertTrue(first.compareTo(Duration.ofMinutes(30)) > 0, first.toString());
        assertTrue(HOUR.remaining().compareTo(first) <= 0);
        assertFalse(HOUR.isExpired());
    }

    @Test
    void nothingRemainsAfterExpiry() {
        Deadline deadline = Deadline.after(Duration.ofNanos(1));
        while (!deadline.isExpired()) {
            Thread.onSpinWait();
        }
        assertEquals(Duration.ZERO, deadline.remaining());
    }

    @Test
    void noneNeverExpires() {
        assertFalse(Deadline.NONE.isExpired());
        assertEquals(Duration.ofNanos(Long.MAX_VALUE), Deadline.NONE.remaining());
        assertEquals("no deadline", Deadline.NONE.toString());
    }

    @Test
    void aDurationTooLongToCountNeverExpires() {
        for (Duration endless : new Duration[] {
            Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(365_000), Duration.ofNanos(Long.MAX_VALUE - 1)
        }) {
            Deadline deadline = Deadline.after(endless);
            assertFalse(deadline.isExpired());
            assertEquals(Deadline.NONE.remaining(), deadline.remaining());
            assertEquals(HOUR, deadline.earlier(HOUR));
        }
    }

    @Test
    void earlierReturnsTheEarlierDeadline() {
        Deadline tight = Deadline.after(Duration.ofMinutes(1));
        assertEquals(tight, HOUR.earlier(tight));
        assertEquals(tight, tight.earlier(HOUR));
        assertEquals(tight, tight.earlier(Deadline.NONE));
        assertEquals(tight, Deadline.NONE.earlier(tight));
        assertEquals(tight, tight.earlier(tight));
    }

    @Test
    void theWorkRunsUnderTheDeadline() throws Exception {
        assertEquals(Deadline.NONE, Deadline.current());
        Deadline inside = Deadline.within(Duration.ofMinutes(1), Deadline::current);
        assertTrue(inside.remaining().compareTo(Duration.ofMinutes(1)) <= 0, inside.toString());
        assertFalse(inside.isExpired());
        assertEquals(Deadline.NONE, Deadline.current());
    }

    @Test
    void anInnerDeadlineCanOnlyShortenTheOuterOne() throws Exception {
        Deadline.within(Duration.ofMinutes(1), () -> {
            Deadline outer = Deadline.current();
            assertEquals(outer, Deadline.within(Duration.ofHours(1), Deadline::current));
            Deadline tighter = Deadline.within(Duration.ofSeconds(1), Deadline::current);
            assertEquals(tighter, outer.earlier(tighter));
            assertEquals(outer, Deadline.current());
            return null;
        });
    }

    @Test
    void threadsStartedByTheWorkInheritTheDeadline() throws Exception {
        Deadline.within(Duration.ofMinutes(1), () -> {
            AtomicReference<Deadline> seen = new AtomicReference<>();
            Thread.ofVirtual().start(() -> seen.set(Deadline.current())).join();
            assertEquals(Deadline.current(), seen.get());
            return null;
        });
    }

    @Test
    void theDeadlineEndsWhenTheWorkFails() {
        IOException failure = new IOException("the work's own");
        IOException thrown = assertThrows(
                IOException.class,
                () -> Deadline.within(Duration.ofMinutes(1), () -> {
                    throw failure;
                }));
        assertSame(failure, thrown);
        assertEquals(Deadline.NONE, Deadline.current());
    }

    @Test
    void aCallOfWithinThatIsRefusedSetsNoDeadline() {
        assertEquals("work is null", refusal(() -> Deadline.within(Duration.ofSeconds(1), null)));
        assertEquals("duration is null", refusal(() -> Deadline.within(null, Deadline::current)));
        assertEquals(
                "duration: PT0S is not positive", refusal(() -> Deadline.within(Duration.ZERO, Deadline::current)));
        assertEquals(Deadline.NONE, Deadline.current());
    }

    @Test
    void anInvalidDurationIsRefused() {
        assertEquals("duration is null", refusal(() -> Deadline.after(null)));
        assertEquals("duration: PT0S is not positive", refusal(() -> Deadline.after(Duration.ZERO)));
        assertEquals("duration: PT-1S is not positive", refusal(() -> Deadline.after(Duration.ofSeconds(-1))));
        assertEquals("other is null", refusal(() -> HOUR.earlier(null)));
    }

    private static String refusal(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }
}

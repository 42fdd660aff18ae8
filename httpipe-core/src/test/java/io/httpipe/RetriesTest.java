package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.policy.RetryRules;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@link Retries}: its values, their defaults, and values that are refused. */
class RetriesTest {
    private static final long MILLI = 1_000_000;

    @Test
    void hasDefaults() {
        RetryRules rules = Retries.of(3).rules();
        assertEquals(3, rules.attempts());
        assertEquals(100 * MILLI, rules.firstBackoff());
        assertEquals(10_000 * MILLI, rules.maxBackoff());
        assertEquals(Set.of(429, 502, 503, 504), rules.statuses());
        assertEquals(30_000 * MILLI, rules.maxRetryAfter());
        assertEquals(InstantSource.system(), rules.clock());
        assertNotEquals(rules.random().nextLong(), rules.random().nextLong());
    }

    @Test
    void changesOnlyWhatIsNamed() {
        InstantSource clock = InstantSource.fixed(Instant.EPOCH);
        Retries all = Retries.of(5)
                .random(() -> 7)
                .clock(clock)
                .maxRetryAfter(Duration.ofMillis(4))
                .statuses(500, 404, 500)
                .backoff(Duration.ofMillis(2), Duration.ofMillis(3));
        RetryRules rules = all.rules();
        assertEquals(5, rules.attempts());
        assertEquals(2 * MILLI, rules.firstBackoff());
        assertEquals(3 * MILLI, rules.maxBackoff());
        assertEquals(Set.of(404, 500), rules.statuses());
        assertEquals(4 * MILLI, rules.maxRetryAfter());
        assertSame(clock, rules.clock());
        assertEquals(7, rules.random().nextLong());
        // Each copy in another order keeps the values of the others.
        assertEquals(
                all,
                all.backoff(Duration.ZERO, Duration.ZERO)
                        .statuses()
                        .maxRetryAfter(Duration.ZERO)
                        .clock(InstantSource.system())
                        .backoff(Duration.ofMillis(2), Duration.ofMillis(3))
                        .statuses(404, 500)
                        .maxRetryAfter(Duration.ofMillis(4))
                        .clock(clock));
    }

    @Test
    void equalRulesAreEqual() {
        assertEquals(Retries.of(2), Retries.of(2));
        assertEquals(Retries.of(2).hashCode(), Retries.of(2).hashCode());
        assertEquals(Retries.of(2), Retries.of(2).statuses(503, 504, 429, 502));
        assertNotEquals(Retries.of(2), Retries.of(3));
        assertNotEquals(Retries.of(2), Retries.of(2).statuses(503));
        assertNotEquals(Retries.of(2), null);
    }

    @Test
    void copiesShareTheirGenerator() {
        Retries retries = Retries.of(2).random(() -> 7);
        assertSame(
                retries.rules().random(),
                retries.statuses(500).maxRetryAfter(Duration.ZERO).rules().random());
    }

    @Test
    void treatsCenturiesAsNoLimit() {
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        RetryRules rules =
                Retries.of(2).backoff(endless, endless).maxRetryAfter(endless).rules();
        assertEquals(Long.MAX_VALUE, rules.firstBackoff());
        assertEquals(Long.MAX_VALUE, rules.maxBackoff());
        assertEquals(Long.MAX_VALUE, rules.maxRetryAfter());
    }

    @Test
    void refusesValuesThatMakeNoSense() {
        Retries retries = Retries.of(1);
        Duration second = Duration.ofSeconds(1);
        assertEquals("attempts: 0 is less than 1", refusal(() -> Retries.of(0)));
        assertEquals("first: PT-1S is negative", refusal(() -> retries.backoff(second.negated(), second)));
        assertEquals(
                "max: PT0.999S is less than first, which is PT1S",
                refusal(() -> retries.backoff(second, second.minusMillis(1))));
        assertEquals("first is null", refusal(() -> retries.backoff(null, second)));
        assertEquals("max is null", refusal(() -> retries.backoff(second, null)));
        assertEquals("statuses is null", refusal(() -> retries.statuses((int[]) null)));
        for (int status : new int[] {-1, 0, 200, 302, 399, 600, 1000}) {
            assertEquals(
                    "statuses: %d is not the status of an error; use 400 to 599".formatted(status),
                    refusal(() -> retries.statuses(503, status)));
        }
        assertEquals("maxRetryAfter: PT-1S is negative", refusal(() -> retries.maxRetryAfter(second.negated())));
        assertEquals("maxRetryAfter is null", refusal(() -> retries.maxRetryAfter(null)));
        assertEquals("clock is null", refusal(() -> retries.clock(null)));
        assertEquals("random is null", refusal(() -> retries.random(null)));
    }

    @Test
    void showsItsValuesOnOneLine() {
        assertEquals(
                "Retries[attempts=3, firstBackoff=PT0.1S, maxBackoff=PT10S, statuses=[429, 502, 503, 504],"
                        + " maxRetryAfter=PT30S]",
                Retries.of(3).toString());
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        assertTrue(Retries.of(3).statuses().maxRetryAfter(endless).toString().endsWith("[], maxRetryAfter=none]"));
    }

    private static String refusal(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}

package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.wire.ResponseHead;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link RetryAfter}: the wait that a server asks for. */
class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1000000000",
        "120, 120000000000",
        "007, 7000000000",
        "9223372036, 9223372036000000000",
        "9223372037, 9223372036854775807",
        "18446744073709551617, 9223372036854775807",
        "00000000000000000000000000000000000000000000000000000000000000000001, 1000000000"
    })
    void readsSecondsOfAnyLength(String seconds, long nanos) throws Exception {
        assertEquals(nanos, wait(NOW, "Retry-After: " + seconds));
    }

    @Test
    void readsAThousandDigits() throws Exception {
        assertEquals(Long.MAX_VALUE, wait(NOW, "Retry-After: " + "9".repeat(1000)));
        assertEquals(0, wait(NOW, "Retry-After: " + "0".repeat(1000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Mon, 30 Nov 2026 12:00:05 GMT", "Monday, 30-Nov-26 12:00:05 GMT", "Mon Nov 30 12:00:05 2026"})
    void readsDates(String date) throws Exception {
        assertEquals(5_000_000_000L, wait(NOW, "Retry-After: " + date));
        assertEquals(4_999_999_999L, wait(NOW.plusNanos(1), "Retry-After: " + date));
        assertEquals(1, wait(NOW.plusNanos(4_999_999_999L), "Retry-After: " + date));
        assertEquals(0, wait(NOW.plusSeconds(5), "Retry-After: " + date));
        assertEquals(0, wait(NOW.plusNanos(5_000_000_001L), "Retry-After: " + date));
        assertEquals(0, wait(Instant.MAX, "Retry-After: " + date));
    }

    @Test
    void aDateInTheFarFutureIsAnEndlessWait() throws Exception {
        String line = "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT";
        assertEquals(Long.MAX_VALUE, wait(NOW, line));
        assertEquals(Long.MAX_VALUE, wait(NOW.plusNanos(1), line));
        assertEquals(Long.MAX_VALUE, wait(Instant.MIN, line));
        assertEquals(Long.MAX_VALUE, wait(NOW, line, "Date: Mon, 30 Nov 2026 12:00:00 GMT"));
    }

    @Test
    void aWrongClockDoesNotMatterIfTheResponseHasADate() throws Exception {
        String[] lines = {"Date: Mon, 30 Nov 2026 12:00:00 GMT", "Retry-After: Mon, 30 Nov 2026 12:02:00 GMT"};
        for (String now : new String[] {"2026-11-30T12:00:00.5Z", "2026-11-30T11:00:00Z", "2031-01-01T00:00:00Z"}) {
            assertEquals(120_000_000_000L, wait(Instant.parse(now), lines), now);
        }
    }

    @Test
    void aDateBeforeTheResponseIsNoWait() throws Exception {
        assertEquals(0, wait(NOW, "Date: Mon, 30 Nov 2026 12:00:00 GMT", "Retry-After: Mon, 30 Nov 2026 11:59:59 GMT"));
    }

    @Test
    void aMalformedDateOfTheResponseIsIgnored() throws Exception {
        assertEquals(5_000_000_000L, wait(NOW, "Date: today", "Retry-After: Mon, 30 Nov 2026 12:00:05 GMT"));
        assertEquals(5_000_000_000L, wait(NOW, "Date:", "Retry-After: Mon, 30 Nov 2026 12:00:05 GMT"));
    }

    @Test
    void secondsBeginWithTheResponseWhateverItsDate() throws Exception {
        assertEquals(5_000_000_000L, wait(NOW, "Date: Mon, 30 Nov 2026 11:00:00 GMT", "Retry-After: 5"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-1",
                "+1",
                "1.5",
                "1 s",
                "1s",
                "0x1",
                "1, 2",
                "1e3",
                "\u00b2",
                "soon",
                "2026-11-30T12:00:05Z"
            })
    void anythingElseIsNoWait(String value) throws Exception {
        assertEquals(-1, wait(NOW, "Retry-After: " + value));
    }

    @Test
    void aResponseWithoutTheFieldHasNoWait() throws Exception {
        assertEquals(-1, wait(NOW));
        assertEquals(-1, wait(NOW, "Date: Mon, 30 Nov 2026 12:00:00 GMT", "X-Retry-After: 5"));
    }

    @Test
    void theLongestOfSeveralWaitsCounts() throws Exception {
        assertEquals(9_000_000_000L, wait(NOW, "Retry-After: 3", "retry-after: 9", "RETRY-AFTER: 4"));
        assertEquals(7_000_000_000L, wait(NOW, "Retry-After: 3", "Retry-After: Mon, 30 Nov 2026 12:00:07 GMT"));
        assertEquals(0, wait(NOW, "Retry-After: soon", "Retry-After: 0", "Retry-After: -1"));
    }

    private static long wait(Instant now, String... lines) throws Exception {
        ResponseHead head = Heads.parse(503, lines);
        return RetryAfter.nanos(head, now);
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.internal.policy.RetryAfter;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.HttpDate;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;

/**
 * Fuzzes the parsers of dates and of Retry-After. The input is the field lines of a response head. The whole input is
 * also parsed as a date; see {@link TextInput#decode}.
 */
public final class RetryAfterFuzzTarget {
    /** Times before, in and after the years of most inputs, and around the end of a half and a whole century. */
    private static final List<Instant> CLOCKS = List.of(
            Instant.EPOCH,
            Instant.parse("1994-11-06T08:49:37Z"),
            Instant.parse("2026-11-30T12:00:00.25Z"),
            Instant.parse("2049-12-31T23:59:59Z"),
            Instant.parse("2100-01-01T00:00:00Z"),
            Instant.parse("9999-12-31T23:59:59.999999999Z"));

    private static final BigInteger SECOND = BigInteger.valueOf(1_000_000_000);
    private static final BigInteger ENDLESS = BigInteger.valueOf(Long.MAX_VALUE);

    private RetryAfterFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws MalformedException {
        assertDate(TextInput.decode(data));
        byte[] bytes = Bytes.join(Bytes.of("HTTP/1.1 503 \r\n"), data, Bytes.of("\r\n\r\n"));
        if (ReferenceHeadParser.parseHead(Bytes.latin1(bytes), HeadFuzzTarget.LIMITS)
                instanceof ParseResult.Complete<ParsedHead> complete) {
            ResponseHead head = new HeadParser(HeadFuzzTarget.LIMITS).head(bytes, 0, bytes.length);
            if (head == null) {
                throw new AssertionError("not complete");
            }
            check(complete.value(), head);
        }
    }

    private static void check(ParsedHead expected, ResponseHead actual) {
        List<String> waits = expected.values("Retry-After");
        List<String> dates = expected.values("Date");
        waits.forEach(RetryAfterFuzzTarget::assertDate);
        for (Instant now : CLOCKS) {
            assertEquals(wait(waits, dates, now), RetryAfter.nanos(actual, now), () -> "at " + now);
        }
    }

    private static void assertDate(String text) {
        for (Instant now : CLOCKS) {
            long expected = ReferenceDateParser.parse(text, now);
            assertEquals(expected, HttpDate.parse(text, now.getEpochSecond()), () -> text + " at " + now);
        }
    }

    /** The longest wait in nanoseconds, or -1 if there is none. */
    static long wait(List<String> waits, List<String> dates, Instant now) {
        long sent = dates.isEmpty() ? -1 : ReferenceDateParser.parse(dates.getFirst(), now);
        BigInteger longest = BigInteger.ONE.negate();
        for (String wait : waits) {
            long until = ReferenceDateParser.parse(wait, now);
            if (wait.matches("[0-9]+")) {
                longest = longest.max(nanos(new BigInteger(wait)));
            } else if (until >= 0 && sent >= 0) {
                longest = longest.max(nanos(BigInteger.valueOf(until - sent)));
            } else if (until >= 0) {
                BigInteger whole = nanos(BigInteger.valueOf(until - now.getEpochSecond()));
                BigInteger exact = whole.subtract(BigInteger.valueOf(now.getNano()));
                longest = longest.max(whole.equals(ENDLESS) ? whole : exact.max(BigInteger.ZERO));
            }
        }
        return longest.longValueExact();
    }

    private static BigInteger nanos(BigInteger seconds) {
        return seconds.multiply(SECOND).max(BigInteger.ZERO).min(ENDLESS);
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.policy.RetryAfter;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HttpDate;
import io.httpipe.internal.wire.ResponseHead;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Dates formatted by java.time, and waits, are read as they were written. */
class RetryAfterPropertiesTest {
    private static final DateTimeFormatter IMF_FIXDATE = format("EEE, dd MMM yyyy HH:mm:ss 'GMT'");
    private static final DateTimeFormatter RFC850_DATE = format("EEEE, dd-MMM-yy HH:mm:ss 'GMT'");
    private static final DateTimeFormatter ASCTIME_DATE = format("EEE MMM ppd HH:mm:ss yyyy");

    private static final long LAST_SECOND =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

    private static DateTimeFormatter format(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    }

    @Property(seed = "11", tries = 1000)
    void aDateIsReadAsItWasWritten(@ForAll("seconds") long second, @ForAll("seconds") long now, @ForAll Random random) {
        for (DateTimeFormatter format : List.of(IMF_FIXDATE, ASCTIME_DATE)) {
            String text = format.format(utc(second));
            assertEquals(second, HttpDate.parse(text, now), text);
            assertEquals(second, HttpDate.parse(inAnyCase(text, random), now), text);
        }
    }

    @Property(seed = "12", tries = 1000)
    void aDateWithTwoDigitsIsReadWithinFiftyYears(
            @ForAll("seconds") long now,
            @ForAll @IntRange(min = -18_000, max = 18_000) int days,
            @ForAll Random random) {
        long second = Math.max(0, now + days * 86_400L);
        String text = RFC850_DATE.format(utc(second));
        assertEquals(second, HttpDate.parse(inAnyCase(text, random), now), text);
    }

    @Property(seed = "13", tries = 1000)
    void textThatIsNoDateIsRefusedAsInTheReference(@ForAll("almostDates") String text, @ForAll("seconds") long now) {
        assertEquals(ReferenceDateParser.parse(text, Instant.ofEpochSecond(now)), HttpDate.parse(text, now), text);
    }

    @Property(seed = "14", tries = 1000)
    void aWaitUntilADateDoesNotDependOnTheClock(
            @ForAll("seconds") long sent,
            @ForAll @LongRange(min = -1_000_000, max = 1_000_000) long wait,
            @ForAll("seconds") long clock) {
        long until = Math.clamp(sent + wait, 0, LAST_SECOND);
        ResponseHead head = head("Date", IMF_FIXDATE.format(utc(sent)), "Retry-After", ASCTIME_DATE.format(utc(until)));
        assertEquals(
                Duration.ofSeconds(Math.max(0, until - sent)).toNanos(),
                RetryAfter.nanos(head, Instant.ofEpochSecond(clock)));
    }

    @Property(seed = "15", tries = 1000)
    void severalWaitsAreReadAsInTheReference(
            @ForAll("waits") List<String> waits,
            @ForAll("seconds") long now,
            @ForAll @IntRange(max = 999_999_999) int nano) {
        List<String> lines = new ArrayList<>();
        for (String wait : waits) {
            lines.add("Retry-After");
            lines.add(wait);
        }
        Instant clock = Instant.ofEpochSecond(now, nano);
        assertEquals(
                RetryAfterFuzzTarget.wait(waits, List.of(), clock),
                RetryAfter.nanos(head(lines.toArray(String[]::new)), clock));
    }

    @Provide
    Arbitrary<Long> seconds() {
        return Arbitraries.longs().between(0, LAST_SECOND);
    }

    /** Dates with one character replaced, removed or added. */
    @Provide
    Arbitrary<String> almostDates() {
        Arbitrary<Character> characters = Arbitraries.of("0123456789 ,:-GMTadny\u00b2\u017f\u0660"
                .chars()
                .mapToObj(c -> (char) c)
                .toList());
        return dates().flatMap(date -> Arbitraries.integers()
                .between(0, date.length() - 1)
                .flatMap(at -> characters.flatMap(c -> Arbitraries.of(
                        date.substring(0, at) + c + date.substring(at + 1),
                        date.substring(0, at) + date.substring(at + 1),
                        date.substring(0, at) + c + date.substring(at)))));
    }

    @Provide
    Arbitrary<List<String>> waits() {
        Arbitrary<String> digits =
                Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(25);
        return Arbitraries.oneOf(digits, dates(), almostDates(), MessageArbitraries.values())
                .list()
                .ofMaxSize(4);
    }

    private Arbitrary<String> dates() {
        return seconds()
                .flatMap(second -> Arbitraries.of(IMF_FIXDATE, RFC850_DATE, ASCTIME_DATE)
                        .map(format -> format.format(utc(second))));
    }

    private static LocalDateTime utc(long second) {
        return LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    }

    private static String inAnyCase(String text, Random random) {
        StringBuilder mixed = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            mixed.append(random.nextBoolean() ? Character.toUpperCase(c) : Character.toLowerCase(c));
        }
        return mixed.toString();
    }

    /** Returns a head with these fields: names and values in turn. */
    private static ResponseHead head(String... fields) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < fields.length; i += 2) {
            lines.add(fields[i]);
            lines.add(fields[i]);
            lines.add(fields[i + 1]);
        }
        return new ResponseHead(1, 503, "", FieldLines.of(lines));
    }
}

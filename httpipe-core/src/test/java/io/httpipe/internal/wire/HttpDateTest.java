package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.FixedSeed;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link HttpDate} parses three formats of dates and nothing else. */
class HttpDateTest {
    private static final FixedSeed SEED = new FixedSeed(HttpDateTest.class, 850);

    private static final long NOW = Instant.parse("2026-11-30T12:00:00Z").getEpochSecond();

    private static final List<DateTimeFormatter> FOUR_DIGIT_FORMATS = List.of(
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH),
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH));

    private static final DateTimeFormatter TWO_DIGIT_FORMAT =
            DateTimeFormatter.ofPattern("EEEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.ENGLISH);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Sun, 06 Nov 1994 08:49:37 GMT | 1994-11-06T08:49:37Z",
                "Sunday, 06-Nov-94 08:49:37 GMT | 1994-11-06T08:49:37Z",
                "Sun Nov  6 08:49:37 1994 | 1994-11-06T08:49:37Z",
                "Sun Nov 06 08:49:37 1994 | 1994-11-06T08:49:37Z",
                "Wed Nov 16 08:49:37 1994 | 1994-11-16T08:49:37Z",
                "Thu, 01 Jan 1970 00:00:00 GMT | 1970-01-01T00:00:00Z",
                "Fri, 31 Dec 9999 23:59:59 GMT | 9999-12-31T23:59:59Z",
                "Thu, 29 Feb 2024 00:00:00 GMT | 2024-02-29T00:00:00Z",
                "Tue, 29 Feb 2000 00:00:00 GMT | 2000-02-29T00:00:00Z",
                "Tuesday, 29-Feb-00 00:00:00 GMT | 2000-02-29T00:00:00Z",
            })
    void parsesTheThreeFormats(String text, Instant expected) {
        assertEquals(expected.getEpochSecond(), HttpDate.parse(text, NOW));
    }

    @Test
    void ignoresTheCaseAndTheWeekday() {
        long expected = Instant.parse("1994-11-06T08:49:37Z").getEpochSecond();
        for (String text : List.of(
                "sUN, 06 nOV 1994 08:49:37 gmt",
                "Wed, 06 Nov 1994 08:49:37 GMT",
                "SUNDAY, 06-NOV-94 08:49:37 GMT",
                "wednesday, 06-Nov-94 08:49:37 gmt",
                "SUN NOV  6 08:49:37 1994",
                "sat nov 06 08:49:37 1994")) {
            assertEquals(expected, HttpDate.parse(text, NOW), text);
        }
    }

    @Test
    void aLeapSecondCountsAsTheSecondBefore() {
        long expected = Instant.parse("2016-12-31T23:59:59Z").getEpochSecond();
        assertEquals(expected, HttpDate.parse("Sat, 31 Dec 2016 23:59:60 GMT", NOW));
        assertEquals(expected, HttpDate.parse("Saturday, 31-Dec-16 23:59:60 GMT", NOW));
        assertEquals(expected, HttpDate.parse("Sat Dec 31 23:59:60 2016", NOW));
    }

    @Test
    void datesBefore1970CountAsItsStart() {
        assertEquals(0, HttpDate.parse("Wed, 31 Dec 1969 23:59:59 GMT", NOW));
        assertEquals(0, HttpDate.parse("Mon, 01 Jan 1900 00:00:00 GMT", NOW));
        assertEquals(0, HttpDate.parse("Sat, 29 Feb 0000 00:00:00 GMT", NOW));
        assertEquals(1, HttpDate.parse("Thu, 01 Jan 1970 00:00:01 GMT", NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "0",
                "GMT",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 UTC",
                "Sun, 06 Nov 1994 08:49:37 +0000",
                "Sun, 06 Nov 1994 08:49:37 GMT ",
                " Sun, 06 Nov 1994 08:49:37 GMT",
                "Sun,  6 Nov 1994 08:49:37 GMT",
                "Sun, 6 Nov 1994 08:49:37 GMT",
                "Sun 06 Nov 1994 08:49:37 GMT",
                "Sunday, 06 Nov 1994 08:49:37 GMT",
                "06 Nov 1994 08:49:37 GMT",
                "Foo, 06 Nov 1994 08:49:37 GMT",
                "Sun, 06 Foo 1994 08:49:37 GMT",
                "Sun, 00 Nov 1994 08:49:37 GMT",
                "Sun, 31 Nov 1994 08:49:37 GMT",
                "Sun, 29 Feb 2023 08:49:37 GMT",
                "Sun, 29 Feb 1900 08:49:37 GMT",
                "Sun, 29 Feb 2100 08:49:37 GMT",
                "Sun, 06 Nov 1994 24:00:00 GMT",
                "Sun, 06 Nov 1994 08:60:00 GMT",
                "Sun, 06 Nov 1994 08:49:61 GMT",
                "Sun, 06 Nov 1994 08:49:60 GMT",
                "Sun, 06 Nov 1994 08-49-37 GMT",
                "Sun, 06 Nov 1994 8:49:37 GMT",
                "Sun, 06 Nov -994 08:49:37 GMT",
                "Sun, 06 Nov +994 08:49:37 GMT",
                "Sun, 06 Nov 19940 08:49:37 GMT",
                "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
                "\u017fun, 06 Nov 1994 08:49:37 GMT",
                "Sun, 06-Nov-94 08:49:37 GMT",
                "Sunday, 06-Nov-1994 08:49:37 GMT",
                "Sunnyday, 06-Nov-94 08:49:37 GMT",
                ", 06-Nov-94 08:49:37 GMT",
                "Wednesday, 29-Feb-01 08:49:37 GMT",
                "Sunday, 06-Foo-94 08:49:37 GMT",
                "Sunday, 06-Nov-94 24:49:37 GMT",
                "Sun Nov 6 08:49:37 1994",
                "Sun Nov   08:49:37 1994",
                "Sun Nov 6  08:49:37 1994",
                "Sun Nov  6 08:49:37 1994 GMT",
                "Foo Nov  6 08:49:37 1994",
                "Sun Foo  6 08:49:37 1994",
                "1994-11-06T08:49:37Z",
                "784111777"
            })
    void refusesAnythingElse(String text) {
        assertEquals(-1, HttpDate.parse(text, NOW));
    }

    @Test
    void parsesWhatJavaTimeFormats() {
        Random random = SEED.random(1);
        long last = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
        for (int i = 0; i < 20_000; i++) {
            long second = random.nextLong(last + 1);
            for (DateTimeFormatter format : FOUR_DIGIT_FORMATS) {
                String text = format.format(utc(second));
                assertEquals(second, HttpDate.parse(text, NOW), text);
            }
        }
    }

    @Test
    void parsesEachDayOfFourCenturies() {
        long second = Instant.parse("1970-01-01T12:34:56Z").getEpochSecond();
        for (int day = 0; day < 146_097; day++, second += 86_400) {
            String text = FOUR_DIGIT_FORMATS.getFirst().format(utc(second));
            assertEquals(second, HttpDate.parse(text, NOW), text);
        }
    }

    @Test
    void twoDigitsAreAYearAtMostFiftyYearsFromNow() {
        Random random = SEED.random(2);
        // Far enough from both ends for each date to be representable.
        long first = Instant.parse("2030-01-01T00:00:00Z").getEpochSecond();
        long last = Instant.parse("9900-01-01T00:00:00Z").getEpochSecond();
        for (int i = 0; i < 20_000; i++) {
            long now = random.nextLong(first, last);
            // Up to 55 years before and after.
            LocalDateTime date = utc(now).plusSeconds(random.nextLong(-1_735_000_000L, 1_735_000_000L));
            LocalDateTime expected = date;
            while (isMoreThanFiftyYearsAfter(expected, utc(now))) {
                expected = expected.minusYears(100);
            }
            while (!isMoreThanFiftyYearsAfter(expected.plusYears(100), utc(now))) {
                expected = expected.plusYears(100);
            }
            if (expected.getDayOfMonth() != date.getDayOfMonth()) {
                continue; // 29 February of a year that has none
            }
            String text = TWO_DIGIT_FORMAT.format(date);
            assertEquals(
                    Math.max(0, expected.toEpochSecond(ZoneOffset.UTC)),
                    HttpDate.parse(text, now),
                    text + " at " + utc(now));
        }
    }

    /** Whether the same date fifty years earlier is after now. 29 February is 1 March in other years. */
    private static boolean isMoreThanFiftyYearsAfter(LocalDateTime date, LocalDateTime now) {
        LocalDateTime earlier = date.withDayOfMonth(1).minusYears(50).plusDays(date.getDayOfMonth() - 1);
        return earlier.isAfter(now);
    }

    @ParameterizedTest
    @CsvSource({
        "'Monday, 30-Nov-76 12:00:00 GMT', 2076-11-30T12:00:00Z",
        "'Monday, 30-Nov-76 12:00:01 GMT', 1976-11-30T12:00:01Z",
        "'Monday, 01-Dec-76 00:00:00 GMT', 1976-12-01T00:00:00Z",
        "'Monday, 29-Feb-76 12:00:00 GMT', 2076-02-29T12:00:00Z",
        "'Monday, 31-Dec-99 00:00:00 GMT', 1999-12-31T00:00:00Z",
        "'Monday, 01-Jan-00 00:00:00 GMT', 2000-01-01T00:00:00Z",
        "'Monday, 01-Jan-75 00:00:00 GMT', 2075-01-01T00:00:00Z"
    })
    void theFiftyYearsEndAtTheCurrentSecond(String text, Instant expected) {
        assertEquals(expected.getEpochSecond(), HttpDate.parse(text, NOW));
    }

    @Test
    void aDateIsParsedWhateverTheClockSays() {
        for (long now : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
            assertNotEquals(-1, HttpDate.parse("Sunday, 06-Nov-94 08:49:37 GMT", now));
            assertEquals(784_111_777, HttpDate.parse("Sun, 06 Nov 1994 08:49:37 GMT", now));
        }
    }

    @Test
    void neverThrows() {
        Random random = SEED.random(3);
        List<String> dates =
                List.of("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994");
        int accepted = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder(dates.get(i % 3));
            for (int change = random.nextInt(3); change >= 0; change--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(4)) {
                    case 0 -> text.setLength(at + 1);
                    case 1 -> text.deleteCharAt(text.length() > 1 ? at : 0).append(' ');
                    case 2 -> text.setCharAt(at, (char) random.nextInt(1 << random.nextInt(17)));
                    default -> text.setCharAt(at, "0123456789 ,:-".charAt(random.nextInt(14)));
                }
            }
            accepted += HttpDate.parse(text.toString(), NOW) >= 0 ? 1 : 0;
        }
        assertTrue(accepted > 1_000 && accepted < 50_000, accepted + " accepted");
    }

    private static LocalDateTime utc(long second) {
        return LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    }
}

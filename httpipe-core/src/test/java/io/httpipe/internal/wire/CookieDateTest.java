package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dates of cookies (RFC 6265bis, section 5.1.1). */
class CookieDateTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Mon, 10-Dec-2007 17:02:24 GMT | 2007-12-10T17:02:24Z",
                "Wed, 09 Dec 2009 16:27:23 GMT | 2009-12-09T16:27:23Z",
                "Mon Dec 10 16:32:30 2007 GMT | 2007-12-10T16:32:30Z",
                "Wednesday, 01-Jan-10 00:00:00 GMT | 2010-01-01T00:00:00Z",
                "Thu, 31 Dec 23:55:55 2037 GMT | 2037-12-31T23:55:55Z",
                "Wed Dec 12 2007 08:44:07 GMT-0500 (EST) | 2007-12-12T08:44:07Z",
                "Wednesday, 01-Jan-10 0:0:5 GMT | 2010-01-01T00:00:05Z",
                "2037 december 1 1:02:03 | 2037-12-01T01:02:03Z",
                "1/jan/37;1:02:03+0500 | 2037-01-01T01:02:03Z",
                "10:20:30x 5th Mayday 69x | 2069-05-05T10:20:30Z",
                "1 jan 70 00:00:01 | 1970-01-01T00:00:01Z",
                "1 jan 99 00:00:00 | 1999-01-01T00:00:00Z",
                "1 jan 100 00:00:00 1999 | none",
                "29 feb 2028 00:00:00 | 2028-02-29T00:00:00Z",
                "1 jan 1601 00:00:00 | 1970-01-01T00:00:00Z",
                "31 dec 9999 23:59:59 | 9999-12-31T23:59:59Z",
                "1 02 jan 2030 00:00:00 | 2002-01-01T00:00:00Z"
            })
    void aDateIsReadInAnyOrderOfItsParts(String text, String expected) {
        long seconds = CookieDate.parse(text);
        assertEquals(
                expected, seconds < 0 ? "none" : Instant.ofEpochSecond(seconds).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "0",
                "soon",
                "1 jan 2030",
                "jan 2030 00:00:00",
                "1 2030 00:00:00",
                "1 jan 00:00:00",
                "0 jan 2030 00:00:00",
                "32 jan 2030 00:00:00",
                "31 jun 2030 00:00:00",
                "29 feb 2030 00:00:00",
                "1 jan 1600 00:00:00",
                "1 jan 20300 00:00:00",
                "1 jan 2 00:00:00",
                "1 jan 2030 24:00:00",
                "1 jan 2030 00:60:00",
                "1 jan 2030 00:00:60",
                "1 jan 2030 00:00",
                "1 jan 2030 000:00:00",
                "1 jan 2030 00:00:000",
                "1 ja 2030 00:00:00",
                "\u0661 jan 2030 00:00:00",
                "1 jan 2030 00: 00:00",
                "99:00:00 1 jan 2030 00:00:00"
            })
    void otherTextIsNoDate(String text) {
        assertEquals(-1, CookieDate.parse(text), text);
    }

    @Test
    @Timeout(10)
    void aLongTextTakesLinearTime() {
        assertEquals(-1, CookieDate.parse("1".repeat(1_000_000)));
        assertEquals(-1, CookieDate.parse("1:2:3 4 jan 5 ".repeat(100_000)));
    }
}

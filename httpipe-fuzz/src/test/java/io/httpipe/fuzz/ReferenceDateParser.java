package io.httpipe.fuzz;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses dates with regular expressions and java.time, according to RFC 9110, section 5.6.7. */
final class ReferenceDateParser {
    private static final String MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    private static final String MONTH = "(?<month>" + MONTHS.replace(' ', '|') + ")";
    private static final String WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
    private static final String LONG_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
    private static final String DAY = "(?<day>[0-9]{2})";
    private static final String YEAR = "(?<year>[0-9]{4})";
    private static final String TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";

    private static final Pattern IMF_FIXDATE =
            insensitive(WEEKDAY, ", ", DAY, " ", MONTH, " ", YEAR, " ", TIME, " GMT");
    private static final Pattern RFC850_DATE =
            insensitive(LONG_WEEKDAY, ", ", DAY, "-", MONTH, "-", "(?<year>[0-9]{2})", " ", TIME, " GMT");
    private static final Pattern ASCTIME_DATE =
            insensitive(WEEKDAY, " ", MONTH, " ", "(?<day>[0-9]{2}| [0-9])", " ", TIME, " ", YEAR);

    private ReferenceDateParser() {}

    private static Pattern insensitive(String... parts) {
        return Pattern.compile(String.join("", parts), Pattern.CASE_INSENSITIVE);
    }

    /** Returns the seconds since 1970, at least 0, or -1 if the text is not a date. */
    static long parse(String text, Instant now) {
        for (Pattern format : new Pattern[] {IMF_FIXDATE, RFC850_DATE, ASCTIME_DATE}) {
            Matcher parts = format.matcher(text);
            if (parts.matches()) {
                LocalDateTime date = date(parts, now);
                return date == null ? -1 : Math.max(0, date.toEpochSecond(ZoneOffset.UTC));
            }
        }
        return -1;
    }

    private static @Nullable LocalDateTime date(Matcher parts, Instant now) {
        String name = parts.group("month").toLowerCase(Locale.ROOT);
        int month = 1 + MONTHS.toLowerCase(Locale.ROOT).indexOf(name) / 4;
        int day = Integer.parseInt(parts.group("day").strip());
        int year = Integer.parseInt(parts.group("year"));
        String clock = parts.group("hour") + ":" + parts.group("minute") + ":" + parts.group("second");
        try {
            LocalTime time = LocalTime.parse(clock.replace("23:59:60", "23:59:59"));
            if (parts.group("year").length() == 2) {
                year = fullYear(year, month, day, time, now);
            }
            return LocalDate.of(year, month, day).atTime(time);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** The latest year that ends with these two digits and puts the date at most fifty years in the future. */
    private static int fullYear(int digits, int month, int day, LocalTime time, Instant now) {
        int year = digits + 11_000;
        while (LocalDate.of(year - 50, month, 1).plusDays(day - 1).atTime(time).toEpochSecond(ZoneOffset.UTC)
                > now.getEpochSecond()) {
            year -= 100;
        }
        return year;
    }
}

package io.httpipe.internal.wire;

/**
 * Parses the three formats of a date in a field (RFC 9110, section 5.6.7).
 *
 * <p>Upper and lower case are the same, as RFC 9111, section 4.2, recommends. The weekday need not match the date.
 * The time zone is always GMT. Parsing takes at most a few hundred steps and creates no objects.
 */
public final class HttpDate {
    private static final String[] WEEKDAYS = {
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
    };
    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /** The length of a short name of a weekday or a month. */
    private static final int SHORT = 3;

    /** The text after the weekday in each format. 0 is a digit, _ a digit or a space, ? any character. */
    private static final String IMF_FIXDATE = ", 00 ??? 0000 00:00:00 GMT";

    private static final String RFC850_DATE = ", 00-???-00 00:00:00 GMT";
    private static final String ASCTIME_DATE = " ??? _0 00:00:00 0000";

    /** The days of a common year before each month. */
    private static final int[] DAYS_BEFORE_MONTH = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

    /** The days from 1 January of year 1 to 1 January 1970. */
    private static final long DAYS_TO_1970 = 719_162;

    /** The calendar repeats every 400 years, which have 146,097 days. */
    private static final long SECONDS_OF_AVERAGE_YEAR = 31_556_952;

    private static final long LAST_SECOND_OF_9999 = 253_402_300_799L;

    private HttpDate() {}

    /**
     * Parses a date, without spaces around it. A leap second counts as the second before it. A date before 1970 counts
     * as 1 January 1970. If the year has only two digits, the date is at most 50 years after {@code now}.
     *
     * @param now the current time in seconds since 1970
     * @return the seconds since 1970, or -1 if the text is not a date
     */
    public static long parse(String text, long now) {
        if (fits(text, SHORT, IMF_FIXDATE)) {
            return isWeekday(text, SHORT)
                    ? checked(number(text, 12, 4), month(text, 8), number(text, 5, 2), time(text, 17))
                    : -1;
        }
        if (fits(text, SHORT, ASCTIME_DATE)) {
            return isWeekday(text, SHORT)
                    ? checked(number(text, 20, 4), month(text, 4), number(text, 8, 2), time(text, 11))
                    : -1;
        }
        int end = text.length() - RFC850_DATE.length();
        if (end > SHORT && fits(text, end, RFC850_DATE) && isWeekday(text, end)) {
            int month = month(text, end + 5);
            int day = number(text, end + 2, 2);
            int time = time(text, end + 12);
            return checked(fullYear(number(text, end + 9, 2), month, day, time, now), month, day, time);
        }
        return -1;
    }

    /** The latest year with these last two digits in which the date is at most 50 years after {@code now}. */
    private static int fullYear(int twoDigits, int month, int day, int time, long now) {
        long current = Math.clamp(now, 0, LAST_SECOND_OF_9999);
        // The quotient differs from the real year by at most one.
        int latest = (int) (1970 + current / SECONDS_OF_AVERAGE_YEAR) + 51;
        int year = latest - Math.floorMod(latest - twoDigits, 100);
        return month >= 0 && seconds(year - 50, month, day, time) > current ? year - 100 : year;
    }

    /** The seconds since 1970; -1 if there is no such day or time. */
    static long checked(int year, int month, int day, int time) {
        if (month < 0 || time < 0 || day < 1 || day > daysOfMonth(year, month)) {
            return -1;
        }
        return Math.max(0, seconds(year, month, day, time));
    }

    private static long seconds(int year, int month, int day, int time) {
        int past = year - 1;
        long days = past * 365L + past / 4 - past / 100 + past / 400 + DAYS_BEFORE_MONTH[month] + day - 1;
        if (month > 1 && isLeapYear(year)) {
            days++;
        }
        return (days - DAYS_TO_1970) * 86_400 + time;
    }

    private static int daysOfMonth(int year, int month) {
        return month == 1 && isLeapYear(year) ? 29 : DAYS_BEFORE_MONTH[month + 1] - DAYS_BEFORE_MONTH[month];
    }

    private static boolean isLeapYear(int year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    /** The second of the day; -1 if there is no such time. Leap seconds exist only at the end of a day. */
    private static int time(String text, int at) {
        int hour = number(text, at, 2);
        int minute = number(text, at + 3, 2);
        int second = number(text, at + 6, 2);
        if (hour > 23 || minute > 59 || second > 60) {
            return -1;
        }
        if (second == 60) {
            return hour == 23 && minute == 59 ? 86_399 : -1;
        }
        return (hour * 60 + minute) * 60 + second;
    }

    /** The number of the month from 0; -1 for any other text. */
    static int month(String text, int at) {
        for (int month = 0; month < 12; month++) {
            if (matches(text, at, MONTHS, month * SHORT, SHORT)) {
                return month;
            }
        }
        return -1;
    }

    /** Whether the text begins with the name of a weekday that has this length. */
    private static boolean isWeekday(String text, int length) {
        for (String day : WEEKDAYS) {
            if ((length == SHORT || length == day.length()) && matches(text, 0, day, 0, length)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the text from here to its end has this form. */
    private static boolean fits(String text, int from, String form) {
        if (from < 0 || text.length() - from != form.length()) {
            return false;
        }
        for (int i = 0; i < form.length(); i++) {
            char c = text.charAt(from + i);
            boolean fits = switch (form.charAt(i)) {
                case '0' -> Ascii.isDigit(c);
                case '_' -> Ascii.isDigit(c) || c == ' ';
                case '?' -> true;
                default -> Ascii.toLowerCase(c) == Ascii.toLowerCase(form.charAt(i));
            };
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(String text, int at, String names, int from, int length) {
        for (int i = 0; i < length; i++) {
            if (Ascii.toLowerCase(text.charAt(at + i)) != Ascii.toLowerCase(names.charAt(from + i))) {
                return false;
            }
        }
        return true;
    }

    /** The number in these digits. A space counts as 0. */
    private static int number(String text, int at, int digits) {
        int number = 0;
        for (int i = at; i < at + digits; i++) {
            number = number * 10 + (text.charAt(i) == ' ' ? 0 : text.charAt(i) - '0');
        }
        return number;
    }
}

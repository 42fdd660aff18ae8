package io.httpipe.internal.wire;

/**
 * Parses the date of a cookie (RFC 6265bis, section 5.1.1). Its parts may be in any order, with any delimiters
 * between them. The time zone is always GMT. Parsing takes a few steps for each character and creates no objects.
 */
final class CookieDate {
    private static final int NONE = -1;
    private static final int INVALID = -2;

    private CookieDate() {}

    /** Returns the seconds since 1970; -1 if the text is not a date. A date before 1970 counts as 1 January 1970. */
    static long parse(String text) {
        int time = NONE;
        int day = NONE;
        int month = NONE;
        int year = NONE;
        int end;
        for (int at = 0; at < text.length(); at = end + 1) {
            end = at;
            while (end < text.length() && !isDelimiter(text.charAt(end))) {
                end++;
            }
            int value;
            if (end == at) {
                continue;
            }
            if (time == NONE && (value = time(text, at, end)) != NONE) {
                time = value;
            } else if (day == NONE && (value = number(text, at, end, 1, 2)) >= 0) {
                day = value;
            } else if (month == NONE && end - at > 2 && (value = HttpDate.month(text, at)) >= 0) {
                month = value;
            } else if (year == NONE && (value = number(text, at, end, 2, 4)) >= 0) {
                year = value + (value > 99 ? 0 : value > 69 ? 1900 : 2000);
            }
        }
        return time < 0 || year < 1601 ? -1 : HttpDate.checked(year, month, day, time);
    }

    private static boolean isDelimiter(char c) {
        return c == '\t'
                || c >= ' ' && c <= '/'
                || c >= ';' && c <= '@'
                || c >= '[' && c <= '`'
                || c >= '{' && c <= '~';
    }

    /** The second of the day; NONE if the text is not a time, INVALID if a number is too large. */
    private static int time(String text, int from, int to) {
        int seconds = 0;
        boolean valid = true;
        int at = from;
        for (int field = 0; field < 3; field++) {
            int digits = digits(text, at, to);
            int value = number(text, at, to, 1, 2);
            at += digits;
            if (value < 0 || field < 2 && (at == to || text.charAt(at++) != ':')) {
                return NONE;
            }
            valid &= value < (field == 0 ? 24 : 60);
            seconds = seconds * 60 + value;
        }
        return valid ? seconds : INVALID;
    }

    /** The number that the text begins with, if it has this many digits; otherwise -1. */
    private static int number(String text, int from, int to, int minDigits, int maxDigits) {
        int digits = digits(text, from, to);
        return digits < minDigits || digits > maxDigits ? NONE : Integer.parseInt(text, from, from + digits, 10);
    }

    private static int digits(String text, int from, int to) {
        int at = from;
        while (at < to && Ascii.isDigit(text.charAt(at))) {
            at++;
        }
        return at - from;
    }
}

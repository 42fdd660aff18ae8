package io.httpipe.internal.policy;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HttpDate;
import io.httpipe.internal.wire.ResponseHead;
import java.time.Instant;

/** Reads how long a server asks the client to wait (RFC 9110, section 10.2.3). */
public final class RetryAfter {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** A longer wait counts as endless. */
    private static final long MAX_SECONDS = Long.MAX_VALUE / NANOS_PER_SECOND;

    private RetryAfter() {}

    /**
     * Returns the wait from the receipt of the response, in nanoseconds: 0 if the time has passed already,
     * {@link Long#MAX_VALUE} if the wait exceeds 292 years. If several lines have a wait, the longest one counts.
     *
     * <p>If the server gives a date, the length of the wait is counted from the {@code Date} of the same response, so
     * that it does not depend on the client's clock. A response from a cache has an old {@code Date}. The wait may then
     * be longer than necessary, but not shorter. If the response has no valid {@code Date}, the length is counted from
     * {@code now}.
     *
     * @return -1 if no line has a wait
     */
    public static long nanos(ResponseHead head, Instant now) {
        FieldLines fields = head.fields();
        long longest = -1;
        for (int i = fields.indexOf("Retry-After", 0); i >= 0; i = fields.indexOf("Retry-After", i + 1)) {
            String value = fields.value(i);
            long seconds = delaySeconds(value);
            longest = Math.max(longest, seconds >= 0 ? nanos(seconds) : untilDate(value, fields, now));
        }
        return longest;
    }

    private static long untilDate(String value, FieldLines fields, Instant now) {
        long until = HttpDate.parse(value, now.getEpochSecond());
        if (until < 0) {
            return -1;
        }
        String date = fields.first("Date");
        long sent = date == null ? -1 : HttpDate.parse(date, now.getEpochSecond());
        if (sent >= 0) {
            return nanos(Math.max(0, until - sent));
        }
        long wait = nanos(Math.max(0, until - now.getEpochSecond()));
        return wait == Long.MAX_VALUE ? wait : Math.max(0, wait - now.getNano());
    }

    /**
     * Parses a number of any length. The result is at most {@link #MAX_SECONDS} plus 1. Returns -1 if the text is not a
     * number.
     */
    private static long delaySeconds(String text) {
        long seconds = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            seconds = Math.min(seconds * 10 + digit, MAX_SECONDS + 1);
        }
        return text.isEmpty() ? -1 : seconds;
    }

    private static long nanos(long seconds) {
        return seconds > MAX_SECONDS ? Long.MAX_VALUE : seconds * NANOS_PER_SECOND;
    }
}

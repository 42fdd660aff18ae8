package io.httpipe;

import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.HttpDate;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The version of a file to which the bytes of a {@link Download} belong, as the server described it. It decides which
 * later response continues these bytes (RFC 9110, sections 13.1.5 and 14.4). Immutable.
 *
 * @param validator the value for {@code If-Range}; null if a range request cannot continue the bytes
 * @param coding    the {@code Content-Encoding} of the bytes; null for none
 * @param total     the size of the whole file; -1 if it is unknown
 */
record FileVersion(@Nullable String validator, @Nullable String coding, long total) {
    /** {@code Last-Modified} counts as a strong validator if {@code Date} is at least this many seconds later. */
    private static final long STRONG_AGE = 60;

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("(?i)bytes +(\\d{1,18})-(\\d{1,18})/(?:(\\d{1,18})|\\*)");

    /**
     * A part of the file.
     *
     * @param end     the position after its last byte
     * @param version this version, with the size of the whole file
     */
    record Part(long end, FileVersion version) {}

    /** Returns the version of a whole file. */
    static FileVersion of(StreamedResponse response) {
        // The server cannot send the rest of a body that an interceptor has replaced.
        String validator = isReplaced(response) ? null : strongValidator(response);
        return new FileVersion(validator, coding(response), response.body().length());
    }

    /** Whether the fields of a 200 or 203 show that it has only a part of this version. */
    boolean isPart(StreamedResponse response) {
        long length = response.body().length();
        return response.headers().contains("Content-Range")
                || length >= 0 && length < total && String.valueOf(validator).equals(strongValidator(response));
    }

    /** Returns the part that a 206 has; null unless it has the bytes of this version that begin at {@code from}. */
    @Nullable
    Part continued(StreamedResponse response, long from) {
        String field = response.headers().first("Content-Range");
        Matcher range = CONTENT_RANGE.matcher(field == null ? "" : field);
        if (!range.matches() || Long.parseLong(range.group(1)) != from) {
            return null;
        }
        long end = Long.parseLong(range.group(2)) + 1;
        long all = range.group(3) == null ? total : Long.parseLong(range.group(3));
        long length = response.body().length();
        // Without the total, nobody knows whether this part is the last one.
        boolean fits = end > from && end <= all && (total < 0 || all == total) && (length < 0 || length == end - from);
        boolean same = !isReplaced(response) && !hasOtherValidator(response) && !hasOtherCoding(response);
        return fits && same ? new Part(end, new FileVersion(validator, coding, all)) : null;
    }

    /**
     * Whether the body may have other bytes than the server sent, because an interceptor has replaced or read it. A
     * replaced body of the announced length counts as the server's, because an interceptor that only records the body
     * replaces it too.
     */
    private static boolean isReplaced(StreamedResponse response) {
        BodyReader body = response.body();
        return !body.isAsReceived()
                && !String.valueOf(body.remaining()).equals(response.headers().first("Content-Length"));
    }

    /**
     * Whether a 206 has a part of the file in another coding. Some servers use one validator for all codings of a file.
     * A 206 may lack {@code Content-Encoding} (RFC 9110, section 15.3.7). If the size of the file was known, the equal
     * size in the 206 then shows that the coding is the same.
     */
    private boolean hasOtherCoding(StreamedResponse response) {
        String other = coding(response);
        return !Objects.equals(coding, other) && !(other == null && total >= 0);
    }

    /** Returns the {@code Content-Encoding}; null for none. */
    private static @Nullable String coding(StreamedResponse response) {
        String codings = String.join(",", response.headers().all("Content-Encoding"));
        return codings.isEmpty() || codings.equalsIgnoreCase("identity") ? null : codings.toLowerCase(Locale.ROOT);
    }

    /** Whether a 206 belongs to another file, although the server should have compared {@code If-Range}. */
    private boolean hasOtherValidator(StreamedResponse response) {
        if (validator != null && validator.startsWith("\"")) {
            return !validator.equals(response.headers().first("ETag"));
        }
        // A 206 may lack Last-Modified (RFC 9110, section 15.3.7).
        String modified = response.headers().first("Last-Modified");
        return modified != null && !modified.equals(validator);
    }

    /** RFC 9110, section 13.1.5: only a strong validator can be used. Returns null for none. */
    private static @Nullable String strongValidator(StreamedResponse response) {
        String tag = response.headers().first("ETag");
        if (tag != null && tag.length() >= 2 && tag.startsWith("\"") && tag.endsWith("\"")) {
            // Responses may have control characters in their fields, but requests may not.
            return Ascii.indexOfBadFieldValue(tag) < 0 ? tag : null;
        }
        String modified = response.headers().first("Last-Modified");
        String date = response.headers().first("Date");
        if (tag != null || modified == null || date == null) {
            return null;
        }
        long now = System.currentTimeMillis() / 1000;
        long modifiedAt = HttpDate.parse(modified, now);
        return modifiedAt >= 0 && HttpDate.parse(date, now) >= modifiedAt + STRONG_AGE ? modified : null;
    }
}

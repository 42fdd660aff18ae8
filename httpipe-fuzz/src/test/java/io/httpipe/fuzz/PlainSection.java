package io.httpipe.fuzz;

import io.httpipe.internal.wire.Head;
import io.httpipe.internal.wire.WireLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads heads and trailer sections with regular expressions, after RFC 9112, sections 4, 5 and 7.1.2. */
final class PlainSection {
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String VISIBLE = "[\\x21-\\x7e\\x80-\\xff]";
    private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]*";
    private static final String PREFIX = "HTTP/1.";

    private static final Pattern SECTION = Pattern.compile("(?s).*?\\n\\r?\\n");
    private static final Pattern CR_LF = Pattern.compile("\\r\\n");
    private static final Pattern LONE_LF = Pattern.compile("(?<!\\r)\\n");
    private static final Pattern LINE_OF_BLANKS = Pattern.compile("\\n[ \\t]+\\r?\\n");
    private static final Pattern FOLD = Pattern.compile("[ \\t]*\\r?\\n[ \\t]+");
    private static final Pattern FOLDED_FRAMING =
            Pattern.compile("(?i)(?:^|\\n)(?:content-length|transfer-encoding):[^\\n]*\\n[ \\t]");
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.([0-9]) ([1-9][0-9]{2})(?: (" + TEXT + "))?\\r?\\n");
    private static final Pattern FIELD_LINE =
            Pattern.compile("(" + TOKEN + "):[ \\t]*(" + VISIBLE + "(?:" + TEXT + VISIBLE + ")?)?[ \\t]*\\r?\\n");
    private static final Pattern WORD = Pattern.compile("(^|-)([a-z])");

    private PlainSection() {}

    /** A response head (RFC 9112, section 4). */
    record PlainHead(int minorVersion, int status, String reason, List<Line> fields) {
        static PlainHead of(Head head) {
            return new PlainHead(head.minorVersion(), head.status(), head.reason(), Line.of(head.fields()));
        }

        boolean informational() {
            return status < 200 && status != 101;
        }

        /** The values of a field, all its lines joined with commas; null if there is none. */
        @Nullable
        String joined(String name) {
            List<String> values = values(name);
            return values.isEmpty() ? null : String.join(",", values);
        }

        List<String> values(String name) {
            List<String> values = new ArrayList<>();
            for (Line field : fields) {
                if (field.name().equalsIgnoreCase(name)) {
                    values.add(field.value());
                }
            }
            return values;
        }
    }

    static Reading<PlainHead> head(String octets, WireLimits limits) {
        if (!octets.startsWith(PREFIX) && !PREFIX.startsWith(octets)) {
            return new Reading.Refused<>();
        }
        int length = length(octets, limits.headBytes());
        if (length <= 0) {
            return length == 0 ? new Reading.Unfinished<>() : new Reading.Refused<>();
        }
        String section = octets.substring(0, length);
        Matcher line = STATUS_LINE.matcher(section);
        // What ends one line is not to be a part of another (docs/strictness.md, S-LE-03).
        boolean mixed =
                CR_LF.matcher(section).find() && LONE_LF.matcher(section).find();
        if (mixed || !line.lookingAt()) {
            return new Reading.Refused<>();
        }
        List<Line> fields = fields(section.substring(line.end()), limits.fieldCount());
        return fields == null
                ? new Reading.Refused<>()
                : new Reading.Whole<>(
                        new PlainHead(
                                Integer.parseInt(line.group(1)),
                                Integer.parseInt(line.group(2)),
                                line.group(3) == null ? "" : line.group(3),
                                fields),
                        length);
    }

    static Reading<List<Line>> trailers(String octets, WireLimits limits) {
        if (octets.startsWith("\r\n")) {
            return new Reading.Whole<>(List.of(), 2);
        }
        if (octets.startsWith("\n")) {
            return new Reading.Refused<>();
        }
        int length = length(octets, limits.trailerBytes());
        if (length <= 0) {
            return length == 0 ? new Reading.Unfinished<>() : new Reading.Refused<>();
        }
        String section = octets.substring(0, length);
        // Only CR LF ends a line here (S-TR-05).
        boolean loneLf = LONE_LF.matcher(section).find();
        List<Line> fields = loneLf ? null : fields(section, limits.fieldCount());
        boolean framing = fields == null
                || fields.stream().anyMatch(f -> f.name().matches("(?i)content-length|transfer-encoding"));
        return framing ? new Reading.Refused<>() : new Reading.Whole<>(fields, length);
    }

    /** How long the section is; 0 if its end has not come, -1 if it can only come too late. */
    private static int length(String octets, int limit) {
        Matcher section = SECTION.matcher(octets).region(0, Math.min(octets.length(), limit));
        if (section.lookingAt()) {
            return section.end();
        }
        return octets.length() >= limit ? -1 : 0;
    }

    /** The fields of a section, from the first one to the blank line behind the last; null if they are none. */
    private static @Nullable List<Line> fields(String section, int most) {
        boolean refused = section.startsWith(" ")
                || section.startsWith("\t")
                || LINE_OF_BLANKS.matcher(section).find()
                || FOLDED_FRAMING.matcher(section).find();
        if (refused) {
            return null;
        }
        // Folds: section 5.2.
        String unfolded = FOLD.matcher(section)
                .replaceAll((MatchResult fold) -> " ".repeat(fold.group().length()));
        List<Line> fields = new ArrayList<>();
        Matcher line = FIELD_LINE.matcher(unfolded);
        int at = 0;
        while (line.region(at, unfolded.length()).lookingAt()) {
            String value = line.group(2);
            String raw = line.group().stripTrailing();
            fields.add(new Line(usual(line.group(1)), value == null ? "" : value, raw));
            at = line.end();
        }
        return unfolded.substring(at).matches("\\r?\\n") && fields.size() <= most ? fields : null;
    }

    /** A name as it is usually spelt: {@code X-Foo}; only {@code ETag} is spelt otherwise. */
    static String usual(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("etag")
                ? "ETag"
                : WORD.matcher(lower)
                        .replaceAll((MatchResult word) -> word.group().toUpperCase(Locale.ROOT));
    }
}

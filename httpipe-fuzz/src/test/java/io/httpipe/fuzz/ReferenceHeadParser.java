package io.httpipe.fuzz;

import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses heads and trailer sections with regular expressions, according to RFC 9112, sections 4, 5 and 7.1.2. */
final class ReferenceHeadParser {
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String VISIBLE = "[\\x21-\\x7e\\x80-\\xff]";
    private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]*";

    /** Characters other than space and tab that a recipient may keep (RFC 9110, section 5.5). */
    private static final String KEPT = "[^\\x00\\t\\n\\r\\x20]";

    private static final String KEPT_TEXT = "[^\\x00\\n\\r]*";
    private static final String PREFIX = "HTTP/1.";

    private static final Pattern SECTION = Pattern.compile("(?s).*?\\n\\r?\\n");
    private static final Pattern LONE_LF = Pattern.compile("(?<!\\r)\\n");
    private static final Pattern WHITESPACE_LINE = Pattern.compile("\\n[ \\t]+\\r?\\n");
    private static final Pattern FOLD = Pattern.compile("[ \\t]*\\r?\\n[ \\t]+");
    private static final Pattern FOLDED_FRAMING =
            Pattern.compile("(?i)(?:^|\\n)(?:content-length|transfer-encoding):[^\\n]*\\n[ \\t]");
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.([0-9]) ([1-9][0-9]{2})(?: (" + KEPT_TEXT + "))?\\r?\\n");

    /** A field line that follows the grammar. */
    private static final Pattern STRICT_LINE =
            Pattern.compile("(" + TOKEN + "):[ \\t]*(" + VISIBLE + "(?:" + TEXT + VISIBLE + ")?)?[ \\t]*\\r?\\n");

    /**
     * A field line that a recipient may accept (docs/strictness.md, S-FL-21). Fields that decide the framing are
     * excluded (RFC 9112, section 6.3).
     */
    private static final Pattern LENIENT_LINE = Pattern.compile("(?!(?i:content-length|transfer-encoding):)(" + TOKEN
            + "):[ \\t]*(" + KEPT + "(?:" + KEPT_TEXT + KEPT + ")?)?[ \\t]*\\r?\\n");

    private ReferenceHeadParser() {}

    /** A response head (RFC 9112, section 4). */
    record ParsedHead(int minorVersion, int status, String reason, List<FieldLine> fields) {
        static ParsedHead of(ResponseHead head) {
            return new ParsedHead(head.minorVersion(), head.status(), head.reason(), FieldLine.of(head.fields()));
        }

        boolean informational() {
            return status < 200 && status != 101;
        }

        /** The values of all lines of a field, joined with commas, or null if there is none. */
        @Nullable
        String joined(String name) {
            List<String> values = values(name);
            return values.isEmpty() ? null : String.join(",", values);
        }

        List<String> values(String name) {
            List<String> values = new ArrayList<>();
            for (FieldLine field : fields) {
                if (field.name().equalsIgnoreCase(name)) {
                    values.add(field.value());
                }
            }
            return values;
        }
    }

    static ParseResult<ParsedHead> parseHead(String input, WireLimits limits) {
        if (!input.startsWith(PREFIX) && !PREFIX.startsWith(input)) {
            return new ParseResult.Malformed<>();
        }
        int length = sectionLength(input, limits.headBytes());
        if (length <= 0) {
            return length == 0 ? new ParseResult.Incomplete<>() : new ParseResult.Malformed<>();
        }
        String section = input.substring(0, length);
        Matcher line = STATUS_LINE.matcher(section);
        if (!line.lookingAt()) {
            return new ParseResult.Malformed<>();
        }
        List<FieldLine> fields = parseFields(section.substring(line.end()), limits.fieldCount(), false);
        return fields == null
                ? new ParseResult.Malformed<>()
                : new ParseResult.Complete<>(
                        new ParsedHead(
                                Integer.parseInt(line.group(1)),
                                Integer.parseInt(line.group(2)),
                                line.group(3) == null ? "" : line.group(3),
                                fields),
                        length);
    }

    static ParseResult<List<FieldLine>> parseTrailers(String input, WireLimits limits) {
        if (input.startsWith("\r\n")) {
            return new ParseResult.Complete<>(List.of(), 2);
        }
        if (input.startsWith("\n")) {
            return new ParseResult.Malformed<>();
        }
        int length = sectionLength(input, limits.trailerBytes());
        if (length <= 0) {
            return length == 0 ? new ParseResult.Incomplete<>() : new ParseResult.Malformed<>();
        }
        String section = input.substring(0, length);
        // In a trailer section only CR LF ends a line (S-TR-05).
        boolean loneLf = LONE_LF.matcher(section).find();
        List<FieldLine> fields = loneLf ? null : parseFields(section, limits.fieldCount(), true);
        boolean refused = fields == null
                || fields.stream().anyMatch(f -> f.name().matches("(?i)content-length|transfer-encoding"));
        return refused ? new ParseResult.Malformed<>() : new ParseResult.Complete<>(fields, length);
    }

    /** The length of the section. 0 if its end has not arrived, -1 if it exceeds the limit. */
    private static int sectionLength(String input, int limit) {
        Matcher section = SECTION.matcher(input).region(0, Math.min(input.length(), limit));
        if (section.lookingAt()) {
            return section.end();
        }
        return input.length() >= limit ? -1 : 0;
    }

    /** Parses field lines up to and including the empty line. Returns null if they are malformed. */
    private static @Nullable List<FieldLine> parseFields(String section, int limit, boolean trailers) {
        boolean refused = section.startsWith(" ")
                || section.startsWith("\t")
                || WHITESPACE_LINE.matcher(section).find()
                || FOLDED_FRAMING.matcher(section).find();
        if (refused) {
            return null;
        }
        // Folds (section 5.2).
        String unfolded = FOLD.matcher(section)
                .replaceAll((MatchResult fold) -> " ".repeat(fold.group().length()));
        List<FieldLine> fields = new ArrayList<>();
        Matcher strict = STRICT_LINE.matcher(unfolded);
        Matcher lenient = LENIENT_LINE.matcher(unfolded);
        int at = 0;
        while (true) {
            boolean found = strict.region(at, unfolded.length()).lookingAt();
            Matcher line = found || trailers ? strict : lenient;
            if (!found && (trailers || !lenient.region(at, unfolded.length()).lookingAt())) {
                break;
            }
            String value = line.group(2);
            String raw = line.group().replaceFirst("[ \\t]*\\r?\\n$", "");
            fields.add(new FieldLine(ReferenceFieldNames.normalize(line.group(1)), value == null ? "" : value, raw));
            at = line.end();
        }
        return unfolded.substring(at).matches("\\r?\\n") && fields.size() <= limit ? fields : null;
    }
}

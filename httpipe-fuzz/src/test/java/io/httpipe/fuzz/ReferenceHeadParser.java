package io.httpipe.fuzz;

import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads heads and trailer sections with regular expressions, after RFC 9112, sections 4, 5 and 7.1.2. */
final class ReferenceHeadParser {
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String VISIBLE = "[\\x21-\\x7e\\x80-\\xff]";
    private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]*";

    /** What RFC 9110, section 5.5, does not have a recipient refuse or replace, spaces and tabs aside. */
    private static final String KEPT = "[^\\x00\\t\\n\\r\\x20]";

    private static final String KEPT_TEXT = "[^\\x00\\n\\r]*";
    private static final String PREFIX = "HTTP/1.";

    private static final Pattern SECTION = Pattern.compile("(?s).*?\\n\\r?\\n");
    private static final Pattern LONE_LF = Pattern.compile("(?<!\\r)\\n");
    private static final Pattern LINE_OF_BLANKS = Pattern.compile("\\n[ \\t]+\\r?\\n");
    private static final Pattern FOLD = Pattern.compile("[ \\t]*\\r?\\n[ \\t]+");
    private static final Pattern FOLDED_FRAMING =
            Pattern.compile("(?i)(?:^|\\n)(?:content-length|transfer-encoding):[^\\n]*\\n[ \\t]");
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.([0-9]) ([1-9][0-9]{2})(?: (" + KEPT_TEXT + "))?\\r?\\n");

    /** A field line as its grammar has it. */
    private static final Pattern STRICT_LINE =
            Pattern.compile("(" + TOKEN + "):[ \\t]*(" + VISIBLE + "(?:" + TEXT + VISIBLE + ")?)?[ \\t]*\\r?\\n");

    /** One that a recipient may take (docs/strictness.md, S-FL-21), unless it frames (RFC 9112, section 6.3). */
    private static final Pattern FIELD_LINE = Pattern.compile("(?!(?i:content-length|transfer-encoding):)(" + TOKEN
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

        /** The values of a field, all its lines joined with commas; null if there is none. */
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

    static ParseResult<ParsedHead> head(String input, WireLimits limits) {
        if (!input.startsWith(PREFIX) && !PREFIX.startsWith(input)) {
            return new ParseResult.Malformed<>();
        }
        int length = length(input, limits.headBytes());
        if (length <= 0) {
            return length == 0 ? new ParseResult.Incomplete<>() : new ParseResult.Malformed<>();
        }
        String section = input.substring(0, length);
        Matcher line = STATUS_LINE.matcher(section);
        if (!line.lookingAt()) {
            return new ParseResult.Malformed<>();
        }
        List<FieldLine> fields = fields(section.substring(line.end()), limits.fieldCount(), false);
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

    static ParseResult<List<FieldLine>> trailers(String input, WireLimits limits) {
        if (input.startsWith("\r\n")) {
            return new ParseResult.Complete<>(List.of(), 2);
        }
        if (input.startsWith("\n")) {
            return new ParseResult.Malformed<>();
        }
        int length = length(input, limits.trailerBytes());
        if (length <= 0) {
            return length == 0 ? new ParseResult.Incomplete<>() : new ParseResult.Malformed<>();
        }
        String section = input.substring(0, length);
        // Only CR LF ends a line here (S-TR-05).
        boolean loneLf = LONE_LF.matcher(section).find();
        List<FieldLine> fields = loneLf ? null : fields(section, limits.fieldCount(), true);
        boolean framing = fields == null
                || fields.stream().anyMatch(f -> f.name().matches("(?i)content-length|transfer-encoding"));
        return framing ? new ParseResult.Malformed<>() : new ParseResult.Complete<>(fields, length);
    }

    /** How long the section is; 0 if its end has not come, -1 if it can only come too late. */
    private static int length(String input, int limit) {
        Matcher section = SECTION.matcher(input).region(0, Math.min(input.length(), limit));
        if (section.lookingAt()) {
            return section.end();
        }
        return input.length() >= limit ? -1 : 0;
    }

    /** The fields of a section, from the first one to the blank line behind the last; null if they are none. */
    private static @Nullable List<FieldLine> fields(String section, int limit, boolean trailers) {
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
        List<FieldLine> fields = new ArrayList<>();
        Matcher strict = STRICT_LINE.matcher(unfolded);
        Matcher lenient = FIELD_LINE.matcher(unfolded);
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

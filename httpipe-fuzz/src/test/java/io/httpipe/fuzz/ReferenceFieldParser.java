package io.httpipe.fuzz;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses the values of well-formed Content-Type and Keep-Alive fields with regular expressions. */
final class ReferenceFieldParser {
    private static final String QUOTED =
            "\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*+\"";
    private static final String WORD = "(?:" + ReferenceHeadParser.TOKEN + "|" + QUOTED + ")";

    /** RFC 9110, section 8.3.1. */
    private static final Pattern MEDIA_TYPE = Pattern.compile(
            "T/T(?:[ \\t]*;[ \\t]*(?:T=W)?)*+".replace("W", WORD).replace("T", ReferenceHeadParser.TOKEN));

    private static final Pattern PARAMETER =
            Pattern.compile("(T)=(W)".replace("W", WORD).replace("T", ReferenceHeadParser.TOKEN));

    /** RFC 2068, section 19.7.1.1, as a list of RFC 9110, section 5.6.1. */
    private static final Pattern KEEP_ALIVE = Pattern.compile("(?:P)?(?:[ \\t]*,[ \\t]*(?:P)?)*+"
            .replace("P", "T(?:=W)?")
            .replace("W", WORD)
            .replace("T", ReferenceHeadParser.TOKEN));

    private ReferenceFieldParser() {}

    /** The charset of a Content-Type, by default UTF-8. Null if the value is not well-formed. */
    static @Nullable Charset charset(String contentType) {
        if (!MEDIA_TYPE.matcher(contentType).matches()) {
            return null;
        }
        String name = parameter(contentType, "charset");
        if (name == null) {
            return StandardCharsets.UTF_8;
        }
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }

    /**
     * The timeout of Keep-Alive fields, or -1 if it is missing or not a number of at most nine digits. Null if a value
     * is not well-formed.
     */
    static @Nullable Integer timeout(List<String> values) {
        if (!values.stream().allMatch(v -> KEEP_ALIVE.matcher(v).matches())) {
            return null;
        }
        String timeout = parameter(String.join(", ", values), "timeout");
        return timeout != null && timeout.matches("[0-9]{1,9}") ? Integer.parseInt(timeout) : -1;
    }

    /** The unquoted value of the first parameter with this name, or null if there is none. */
    private static @Nullable String parameter(String wellFormed, String name) {
        Matcher parameter = PARAMETER.matcher(wellFormed);
        while (parameter.find()) {
            if (parameter.group(1).equalsIgnoreCase(name)) {
                String value = parameter.group(2);
                return value.startsWith("\"")
                        ? Pattern.compile("\\\\(.)")
                                .matcher(value.substring(1, value.length() - 1))
                                .replaceAll((MatchResult pair) -> Matcher.quoteReplacement(pair.group(1)))
                        : value;
            }
        }
        return null;
    }
}

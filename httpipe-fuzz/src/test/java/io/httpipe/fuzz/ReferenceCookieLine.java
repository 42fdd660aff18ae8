package io.httpipe.fuzz;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a line of a cookie file with regular expressions: one JSON object in ASCII. */
final class ReferenceCookieLine {
    private static final String STRING = "\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\]|\\\\u00[0-9a-f]{2})*+)\"";
    private static final String FLAG = "(true|false)";
    private static final List<String> NAMES =
            List.of("name", "value", "domain", "hostOnly", "path", "expires", "secure", "httpOnly", "sameSite");
    private static final Pattern LINE = Pattern.compile(("\\{\"name\":STRING,\"value\":STRING,\"domain\":STRING"
                    + ",\"hostOnly\":FLAG,\"path\":STRING(?:,\"expires\":STRING)?"
                    + ",\"secure\":FLAG,\"httpOnly\":FLAG,\"sameSite\":STRING\\}")
            .replace("STRING", STRING)
            .replace("FLAG", FLAG));
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u00([0-9a-f]{2})|(.))");
    private static final Pattern PART =
            Pattern.compile("(?:[!-:<-~\\x80-\\xff](?:[\\t -:<-~\\x80-\\xff]*[!-:<-~\\x80-\\xff])?)?");

    private ReferenceCookieLine() {}

    /** Returns the texts of the line by their names; null if the client must refuse the line. */
    static @Nullable Map<String, String> parse(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            return null;
        }
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < NAMES.size(); i++) {
            String text = parts.group(i + 1);
            if (text != null) {
                given.put(NAMES.get(i), unquoted(text));
            }
        }
        return isCookie(given) ? given : null;
    }

    private static String unquoted(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(escape -> Matcher.quoteReplacement(
                        escape.group(1) == null
                                ? escape.group(2)
                                : String.valueOf((char) Integer.parseInt(escape.group(1), 16))));
    }

    private static boolean isCookie(Map<String, String> given) {
        String name = given.get("name");
        String value = given.get("value");
        String path = given.get("path");
        String host = given.get("domain");
        boolean ipv6 = host.contains(":");
        return PART.matcher(name).matches()
                && !name.contains("=")
                && PART.matcher(value).matches()
                && !(name + value).isEmpty()
                && (name + value).length() <= 4096
                && path.startsWith("/")
                && PART.matcher(path).matches()
                && path.length() <= 1024
                && host.equals(host.toLowerCase(Locale.ROOT))
                && ReferenceUriParser.isAuthority(ipv6 ? "[" + host + "]" : host)
                && Set.of("", "Strict", "Lax", "None").contains(given.get("sameSite"))
                && isTime(given.get("expires"));
    }

    private static boolean isTime(@Nullable String text) {
        try {
            return text == null || Instant.parse(text).toEpochMilli() >= Long.MIN_VALUE;
        } catch (DateTimeParseException | ArithmeticException e) {
            return false;
        }
    }
}

package io.httpipe.fuzz;

import io.httpipe.UriParts;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the URIs that a client should take with one regular expression, after RFC 3986 and RFC 9110, section 4.2. */
final class ReferenceUriParser {
    private static final String DEC = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String IPV4 = DEC + "(?:\\." + DEC + "){3}";
    private static final String H = "[0-9A-Fa-f]{1,4}";

    /** RFC 3986, section 3.2.2, line by line. */
    private static final String IPV6 = String.join(
                    "|",
                    "(?:H:){6}L",
                    "::(?:H:){5}L",
                    "(?:H)?::(?:H:){4}L",
                    "(?:(?:H:){0,1}H)?::(?:H:){3}L",
                    "(?:(?:H:){0,2}H)?::(?:H:){2}L",
                    "(?:(?:H:){0,3}H)?::H:L",
                    "(?:(?:H:){0,4}H)?::L",
                    "(?:(?:H:){0,5}H)?::H",
                    "(?:(?:H:){0,6}H)?::")
            .replace("L", "(?:H:H|" + IPV4 + ")")
            .replace("H", H);

    /** A name whose last label is a number is no name, but an address; some would read it as one of another form. */
    private static final String LABEL = "[A-Za-z0-9_-]{1,63}";

    private static final String NAME =
            "(?:LABEL\\.)*(?!(?:[0-9]+|0[Xx][0-9A-Fa-f]*)\\.?(?:[:/?#]|\\z))LABEL\\.?".replace("LABEL", LABEL);

    /** What RFC 3986 does not allow behind the authority, but can be percent-encoded in one way only. */
    private static final String TO_ENCODE = "[\\[\\]\"<>^`{|}]|[^\\x00-\\x9f\\ud800-\\udfff]";

    /** All that may stand behind the authority. */
    private static final String CHARACTER = "(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|" + TO_ENCODE + ")";

    private static final Pattern ENCODED = Pattern.compile(TO_ENCODE);

    private static final String HOST_ALONE = "(?:\\[(?<literal>IPV6)\\]|(?<name>IPV4|NAME))"
            .replace("IPV4", IPV4)
            .replace("IPV6", IPV6)
            .replace("NAME", NAME);

    private static final String PORT = "0*(?<port>[1-9][0-9]{0,4})";

    /** An empty port is that of the scheme: RFC 3986, section 6.2.3. */
    private static final Pattern URI = Pattern.compile("(?<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
            + HOST_ALONE
            + "(?::(?:PORT)?)?".replace("PORT", PORT)
            + "(?<path>(?:/CHAR*+)?)(?:\\?(?<query>(?:CHAR|\\?)*+))?(?:#(?:CHAR|[?#])*+)?".replace("CHAR", CHARACTER));

    private static final Pattern AUTHORITY = Pattern.compile(HOST_ALONE + "(?::PORT)?".replace("PORT", PORT));

    private static final Pattern TARGET = Pattern.compile(
            "(?<path>/CHAR*+)(?:\\?(?<query>(?:CHAR|\\?)*+))?(?:#(?:CHAR|[?#])*+)?".replace("CHAR", CHARACTER));

    private static final Pattern PATH = Pattern.compile(CHARACTER + "*+");
    private static final Pattern QUERY = Pattern.compile("(?:CHAR|\\?)*+".replace("CHAR", CHARACTER));

    private static final Pattern RAW_PATH = Pattern.compile("[^\\x00-\\x20\\x7f-\\x9f\\ud800-\\udfff#?]*+");
    private static final Pattern RAW_QUERY = Pattern.compile("[^\\x00-\\x20\\x7f-\\x9f\\ud800-\\udfff#]*+");

    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~!$&'()*+,=:@-]");

    private ReferenceUriParser() {}

    /** The parts of a URI as they stand there, or null if it is none that a client should take. */
    static @Nullable UriParts read(String uri) {
        Matcher parts = URI.matcher(uri);
        if (!parts.matches()) {
            return null;
        }
        String scheme = parts.group("scheme").toLowerCase(Locale.ROOT);
        String digits = parts.group("port");
        int port = digits != null ? Integer.parseInt(digits) : scheme.equals("http") ? 80 : 443;
        String host = parts.group("literal") != null ? parts.group("literal") : parts.group("name");
        String path = parts.group("path");
        return port > 65_535
                ? null
                : new UriParts(
                        scheme, host.toLowerCase(Locale.ROOT), port, path.isEmpty() ? "/" : path, parts.group("query"));
    }

    /** The path, and the query if there is one, of a reference that begins with a slash; null if it is no such. */
    static String @Nullable [] readTarget(String reference) {
        Matcher parts = TARGET.matcher(reference);
        return parts.matches() ? new String[] {parts.group("path"), parts.group("query")} : null;
    }

    /** Whether this is a host, perhaps with a port. */
    static boolean isAuthority(String text) {
        Matcher parts = AUTHORITY.matcher(text);
        return parts.matches() && (parts.group("port") == null || Integer.parseInt(parts.group("port")) <= 65_535);
    }

    /** A path or a query as it is sent. */
    static String encoded(String text) {
        return ENCODED.matcher(text).replaceAll((MatchResult one) -> escapes(one.group()));
    }

    /** A segment as it is sent: the semicolon too is data there (RFC 3986, section 3.3). */
    static String encodedSegment(String text) {
        StringBuilder encoded = new StringBuilder();
        text.codePoints()
                .mapToObj(Character::toString)
                .forEach(one -> encoded.append(SEGMENT.matcher(one).matches() ? one : escapes(one)));
        return encoded.toString();
    }

    /** RFC 3986, section 2.1. */
    private static String escapes(String text) {
        StringBuilder escapes = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            escapes.append("%%%02X".formatted(b & 0xff));
        }
        return escapes.toString();
    }

    static boolean isRawPath(String text) {
        return RAW_PATH.matcher(text).matches();
    }

    static boolean isRawQuery(String text) {
        return RAW_QUERY.matcher(text).matches();
    }

    static boolean isPath(String text) {
        return PATH.matcher(text).matches();
    }

    static boolean isQuery(String text) {
        return QUERY.matcher(text).matches();
    }
}

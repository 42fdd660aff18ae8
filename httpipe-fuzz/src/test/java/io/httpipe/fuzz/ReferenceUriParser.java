package io.httpipe.fuzz;

import io.httpipe.UriParts;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Uses one regular expression to parse the URIs that a client should accept, according to RFC 3986 and RFC 9110,
 * section 4.2.
 */
final class ReferenceUriParser {
    private static final String DEC = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String IPV4 = DEC + "(?:\\." + DEC + "){3}";
    private static final String H = "[0-9A-Fa-f]{1,4}";

    /** The rules of RFC 3986, section 3.2.2, in their order. */
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

    private static final String LABEL = "[A-Za-z0-9_-]{1,63}";

    /** The last label must not be a number, because some parsers would read such a name as an IPv4 address. */
    private static final String NAME =
            "(?:LABEL\\.)*(?!(?:[0-9]+|0[Xx][0-9A-Fa-f]*)\\.?(?:[:/?#]|\\z))LABEL\\.?".replace("LABEL", LABEL);

    /** Characters that RFC 3986 does not allow after the authority, and that can be percent-encoded in only one way. */
    private static final String TO_ENCODE = "[\\[\\]\"<>^`{|}]|[^\\x00-\\x9f\\ud800-\\udfff]";

    /** Characters that may follow the authority. */
    private static final String CHARACTER = "(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|" + TO_ENCODE + ")";

    private static final Pattern ENCODED = Pattern.compile(TO_ENCODE);

    private static final String HOST = "(?:\\[(?<literal>IPV6)\\]|(?<name>IPV4|NAME))"
            .replace("IPV4", IPV4)
            .replace("IPV6", IPV6)
            .replace("NAME", NAME);

    private static final String PORT = "0*(?<port>[1-9][0-9]{0,4})";

    /** An empty port means the default port of the scheme (RFC 3986, section 6.2.3). */
    private static final Pattern URI = Pattern.compile("(?<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
            + HOST
            + "(?::(?:PORT)?)?".replace("PORT", PORT)
            + "(?<path>(?:/CHAR*+)?)(?:\\?(?<query>(?:CHAR|\\?)*+))?(?:#(?:CHAR|[?#])*+)?".replace("CHAR", CHARACTER));

    private static final Pattern AUTHORITY = Pattern.compile(HOST + "(?::PORT)?".replace("PORT", PORT));

    private static final Pattern TARGET = Pattern.compile(
            "(?<path>/CHAR*+)(?:\\?(?<query>(?:CHAR|\\?)*+))?(?:#(?:CHAR|[?#])*+)?".replace("CHAR", CHARACTER));

    private static final Pattern PATH = Pattern.compile(CHARACTER + "*+");
    private static final Pattern QUERY = Pattern.compile("(?:CHAR|\\?)*+".replace("CHAR", CHARACTER));

    private static final Pattern RAW_PATH = Pattern.compile("[^\\x00-\\x20\\x7f-\\x9f\\ud800-\\udfff#?]*+");
    private static final Pattern RAW_QUERY = Pattern.compile("[^\\x00-\\x20\\x7f-\\x9f\\ud800-\\udfff#]*+");

    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~!$&'()*+,=:@-]");

    private ReferenceUriParser() {}

    /** Returns the parts of a URI, path and query as they were given; null if a client should not accept it. */
    static @Nullable UriParts parse(String uri) {
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

    /** Returns the path and the query (or null) of a reference that starts with a slash. Null if it is not valid. */
    static String @Nullable [] parseTarget(String reference) {
        Matcher parts = TARGET.matcher(reference);
        return parts.matches() ? new String[] {parts.group("path"), parts.group("query")} : null;
    }

    /** Whether this text is a host with an optional port. */
    static boolean isAuthority(String text) {
        Matcher parts = AUTHORITY.matcher(text);
        return parts.matches() && (parts.group("port") == null || Integer.parseInt(parts.group("port")) <= 65_535);
    }

    /** Encodes a path or a query. */
    static String encode(String text) {
        return ENCODED.matcher(text).replaceAll((MatchResult one) -> percentEncode(one.group()));
    }

    /** Encodes a segment, including semicolons, which are data there (RFC 3986, section 3.3). */
    static String encodeSegment(String text) {
        StringBuilder encoded = new StringBuilder();
        text.codePoints()
                .mapToObj(Character::toString)
                .forEach(one -> encoded.append(SEGMENT.matcher(one).matches() ? one : percentEncode(one)));
        return encoded.toString();
    }

    /** Percent-encodes a text (RFC 3986, section 2.1). */
    private static String percentEncode(String text) {
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

package io.httpipe.fuzz;

import io.httpipe.UriParts;
import io.httpipe.internal.wire.ParsedUri;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Resolves the references that a client should follow, with the algorithms of RFC 3986, section 5.2. */
final class ReferenceUriResolver {
    /** The regular expression of RFC 3986, appendix B, which splits any reference into its parts. */
    private static final Pattern APPENDIX_B =
            Pattern.compile("^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?", Pattern.DOTALL);

    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);

    /** Characters that RFC 3986 does not allow, and bytes above ASCII. Each is percent-encoded as one byte. */
    private static final String TO_ENCODE = "[\\[\\]\"<>^`{|}\\x80-\\xff]";

    private static final String CHARACTER = "[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|" + TO_ENCODE;

    private static final Pattern ENCODED = Pattern.compile(TO_ENCODE);
    private static final Pattern PATH = Pattern.compile("(?:" + CHARACTER + ")*+");
    private static final Pattern QUERY = Pattern.compile("(?:" + CHARACTER + "|\\?)*+");
    private static final Pattern FRAGMENT = Pattern.compile("(?:" + CHARACTER + "|[?#])*+");

    /** A first segment with a colon would be read as a scheme (RFC 3986, section 4.2). */
    private static final Pattern COLON_IN_FIRST_SEGMENT = Pattern.compile("[^/]*:.*", Pattern.DOTALL);

    private ReferenceUriResolver() {}

    /** Returns the scheme with which a reference begins, or null. */
    static @Nullable String scheme(String reference) {
        Matcher scheme = SCHEME.matcher(reference);
        return scheme.matches() ? scheme.group(1).toLowerCase(Locale.ROOT) : null;
    }

    /** Returns the URI that a reference means, or null if a client should not follow it. */
    static @Nullable ParsedUri resolve(ParsedUri base, String reference) {
        Matcher parts = APPENDIX_B.matcher(reference);
        if (reference.isEmpty() || !parts.matches()) {
            return null;
        }
        String scheme = parts.group(2);
        String authority = parts.group(4);
        String path = encode(PATH, parts.group(5));
        String query = encode(QUERY, parts.group(7));
        String fragment = encode(FRAGMENT, parts.group(9));
        boolean malformed = path == null
                || query == null && parts.group(7) != null
                || fragment == null && parts.group(9) != null
                || scheme != null && authority == null
                || authority == null && COLON_IN_FIRST_SEGMENT.matcher(path).matches();
        if (malformed) {
            return null;
        }
        String usedFragment = fragment == null ? base.fragment() : fragment;
        if (authority != null) {
            UriParts origin = ReferenceUriParser.parse((scheme == null ? base.scheme() : scheme) + "://" + authority);
            return origin == null
                    ? null
                    : new ParsedUri(
                            origin.scheme(),
                            origin.host(),
                            origin.port(),
                            path.isEmpty() ? "/" : removeDotSegments(path),
                            query,
                            usedFragment);
        }
        String merged = path.startsWith("/") ? path : base.path().replaceFirst("[^/]*$", "") + path;
        return new ParsedUri(
                base.scheme(),
                base.host(),
                base.port(),
                removeDotSegments(path.isEmpty() ? base.path() : merged),
                path.isEmpty() && query == null ? base.query() : query,
                usedFragment);
    }

    /** Percent-encodes a part where necessary. Returns null if the part is missing or malformed. */
    private static @Nullable String encode(Pattern allowed, @Nullable String part) {
        return part == null || !allowed.matcher(part).matches()
                ? null
                : ENCODED.matcher(part)
                        .replaceAll((MatchResult one) ->
                                "%%%02X".formatted((int) one.group().charAt(0)));
    }

    /** The algorithm of RFC 3986, section 5.2.4, step by step. */
    private static String removeDotSegments(String path) {
        String input = path;
        String output = "";
        while (!input.isEmpty()) {
            if (input.startsWith("../") || input.startsWith("./")) {
                input = input.replaceFirst("^\\.\\.?/", "");
            } else if (input.startsWith("/./") || input.equals("/.")) {
                input = input.replaceFirst("^/\\./?", "/");
            } else if (input.startsWith("/../") || input.equals("/..")) {
                input = input.replaceFirst("^/\\.\\./?", "/");
                output = output.replaceFirst("/?[^/]*$", "");
            } else if (input.equals(".") || input.equals("..")) {
                input = "";
            } else {
                String segment = input.replaceFirst("^(/?[^/]*).*$", "$1");
                output += segment;
                input = input.substring(segment.length());
            }
        }
        return output;
    }
}

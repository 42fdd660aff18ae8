package io.httpipe.internal.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the values of {@code Location} fields (RFC 3986, section 5; RFC 9110, section 10.2.2). It is as strict as
 * {@link UriParser}.
 *
 * <p>A value is the text of a received field, with one character for each byte. Each byte above 0x7f is percent-encoded
 * by itself, because only the server knows its character encoding.
 */
public final class UriReference {
    private UriReference() {}

    /**
     * Returns the scheme of an absolute reference in lower case, or null if there is none (RFC 3986, section 3.1).
     * {@link #resolve} refuses schemes other than http and https, and a caller that wants to ignore such references
     * calls this method first.
     */
    public static @Nullable String scheme(String reference) {
        int colon = colonOfFirstSegment(reference);
        for (int i = 0; i < colon; i++) {
            char c = reference.charAt(i);
            boolean letter = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            boolean other = Ascii.isDigit(c) || c == '+' || c == '-' || c == '.';
            if (!letter && (i == 0 || !other)) {
                return null;
            }
        }
        return colon > 0 ? reference.substring(0, colon).toLowerCase(Locale.ROOT) : null;
    }

    /**
     * Returns the URI that a reference means, percent-encoded and without dot segments. It has the fragment of the base
     * if the reference has none.
     *
     * @param base      the URI of the request; its path, query and fragment are not checked or encoded again
     * @param reference absolute or relative, without spaces around it
     * @throws IllegalArgumentException if the reference is empty or malformed, has userinfo, or has a scheme other than
     *                                  http and https; the message shows no secrets
     */
    public static ParsedUri resolve(ParsedUri base, String reference) {
        if (reference.isEmpty()) {
            throw UriParser.bad(reference, "it is empty");
        }
        String scheme = scheme(reference);
        int afterScheme = scheme == null ? 0 : scheme.length() + 1;
        boolean authority = reference.startsWith("//", afterScheme);
        if (scheme == null ? colonOfFirstSegment(reference) >= 0 : !authority || !isHttp(scheme)) {
            throw UriParser.bad(reference, whyUnusable(scheme));
        }
        String encoded = encode(reference, authority ? authorityEnd(reference, afterScheme + 2) : 0);
        ParsedUri uri = authority
                ? UriParser.parse(scheme == null ? base.scheme() + ":" + encoded : encoded)
                : onHostOf(base, encoded);
        String path = withoutDotSegments(uri.path());
        String fragment = uri.fragment() == null ? base.fragment() : uri.fragment();
        return new ParsedUri(uri.scheme(), uri.host(), uri.port(), path, uri.query(), fragment);
    }

    /** Resolves a reference that has neither a scheme nor a host. */
    private static ParsedUri onHostOf(ParsedUri base, String reference) {
        int hash = reference.indexOf('#');
        String target = hash < 0 ? reference : reference.substring(0, hash);
        String fragment = hash < 0 ? null : reference.substring(hash + 1);
        String path = merge(base.path(), UriParser.path(target));
        String query = target.isEmpty() ? base.query() : UriParser.query(target);
        return new ParsedUri(base.scheme(), base.host(), base.port(), path, query, fragment);
    }

    private static boolean isHttp(String scheme) {
        return scheme.equals("http") || scheme.equals("https");
    }

    private static String whyUnusable(@Nullable String scheme) {
        if (scheme == null) {
            return "the text before the first colon is not a scheme";
        }
        return isHttp(scheme) ? "the scheme is not followed by //" : "the scheme is neither http nor https";
    }

    /** The index of the first colon; -1 if there is none, or if a slash, question mark or number sign is before it. */
    private static int colonOfFirstSegment(String reference) {
        for (int i = 0; i < reference.length(); i++) {
            switch (reference.charAt(i)) {
                case ':' -> {
                    return i;
                }
                case '/', '?', '#' -> {
                    return -1;
                }
                default -> {}
            }
        }
        return -1;
    }

    private static int authorityEnd(String reference, int from) {
        int end = from;
        while (end < reference.length() && "/?#".indexOf(reference.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    /** Percent-encodes the text from an index on. Refuses the ASCII text that {@link RequestTarget#scan} refuses. */
    private static String encode(String reference, int from) {
        StringBuilder out = new StringBuilder(reference.length() + 32).append(reference, 0, from);
        for (int i = from; i < reference.length(); i++) {
            char c = reference.charAt(i);
            boolean unencoded = Ascii.isUri(c) || c == '#';
            boolean encodable = c > 0x7f ? c <= 0xff : Ascii.needsEncoding(c);
            if (c == '%' ? !RequestTarget.startsEscape(reference, i) : !unencoded && !encodable) {
                throw notEncoded(reference, i);
            }
            RequestTarget.append(out, (byte) c, unencoded);
        }
        return out.toString();
    }

    private static IllegalArgumentException notEncoded(String reference, int index) {
        char c = reference.charAt(index);
        String why = c == '%' ? "does not start an escape" : c > 0xff ? "is not a byte" : "must be percent-encoded";
        return UriParser.bad(reference, "%s at index %d %s".formatted(Ascii.quote(String.valueOf(c)), index, why));
    }

    /** Returns the path of a reference, appended to the folder of the base if it is relative. */
    private static String merge(String base, String path) {
        if (path.isEmpty()) {
            return base;
        }
        return path.startsWith("/") ? path : base.substring(0, base.lastIndexOf('/') + 1) + path;
    }

    /** Removes the segments "." and ".." from a path that starts with a slash (RFC 3986, section 5.2.4). */
    private static String withoutDotSegments(String path) {
        if (!path.contains("/.")) {
            return path;
        }
        StringBuilder out = new StringBuilder(path.length());
        for (int slash = 0, end; slash < path.length(); slash = end) {
            int next = path.indexOf('/', slash + 1);
            end = next < 0 ? path.length() : next;
            boolean parent = path.startsWith("/..", slash) && end == slash + 3;
            boolean self = path.startsWith("/.", slash) && end == slash + 2;
            if (parent) {
                out.setLength(Math.max(0, out.lastIndexOf("/")));
            }
            if (!parent && !self) {
                out.append(path, slash, end);
            } else if (next < 0) {
                out.append('/');
            }
        }
        return out.toString();
    }
}

package io.httpipe.internal.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Parses http and https URIs (RFC 3986; RFC 9110, section 4.2). It refuses a URI that two parsers could read in two
 * ways. It percent-encodes only characters for which there is one possible encoding.
 */
public final class UriParser {
    private static final int MAX_LABEL_LENGTH = 63;

    private UriParser() {}

    /** Returns the parts of a URI without percent-encoding anything. */
    public static ParsedUri parse(String uri) {
        return parse(uri, false);
    }

    /** Returns the parts of a URI. Characters that cannot be sent unencoded are percent-encoded. */
    public static ParsedUri parseToSend(String uri) {
        return parse(uri, true);
    }

    private static ParsedUri parse(String uri, boolean encode) {
        Arguments.notNull("uri", uri);
        int colon = uri.indexOf("://");
        String scheme = colon < 0 ? "" : uri.substring(0, colon).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw bad(uri, "it does not start with http:// or https://");
        }
        int authorityEnd = colon + 3;
        while (authorityEnd < uri.length() && "/?#".indexOf(uri.charAt(authorityEnd)) < 0) {
            authorityEnd++;
        }
        String authority = uri.substring(colon + 3, authorityEnd);
        String host = hostIn(uri, authority);
        int port = portIn(uri, authority);
        int hash = uri.indexOf('#', authorityEnd);
        String target = target(uri, authorityEnd, hash, encode);
        int usedPort = port > 0 ? port : scheme.equals("https") ? 443 : 80;
        return new ParsedUri(scheme, host, usedPort, path(target), query(target), fragment(uri, hash, encode));
    }

    /**
     * Returns the path and query of a URI, with a slash in front. Drops the fragment, because it is never sent.
     *
     * @param from   where the authority ends
     * @param encode whether to percent-encode the characters that cannot be sent unencoded
     */
    public static String target(String uri, int from, boolean encode) {
        return target(uri, from, uri.indexOf('#', from), encode);
    }

    private static String target(String uri, int from, int hash, boolean encode) {
        int scanned = RequestTarget.scan(uri, from);
        if (scanned >= 0) {
            String shown = Ascii.quote(withoutSecrets(uri)) + ": ";
            throw notEncoded("uri", shown, uri, scanned, "segment(text) or query(key, value)");
        }
        String given = uri.substring(from, hash < 0 ? uri.length() : hash);
        String target = encode && scanned == RequestTarget.TO_ENCODE ? RequestTarget.encodeIllegal(given) : given;
        if (target.isEmpty() || target.charAt(0) == '?') {
            return "/" + target;
        }
        if (target.charAt(0) != '/') {
            throw bad(uri, "the path does not start with /");
        }
        return target;
    }

    /** Returns the fragment of a URI that {@link #target} has checked, or null if there is none. */
    private static @Nullable String fragment(String uri, int hash, boolean encode) {
        if (hash < 0) {
            return null;
        }
        String given = uri.substring(hash + 1);
        return encode ? RequestTarget.encodeIllegal(given) : given;
    }

    public static String path(String target) {
        int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    public static @Nullable String query(String target) {
        int question = target.indexOf('?');
        return question < 0 ? null : target.substring(question + 1);
    }

    /** Returns a caller's path as it is sent: with a slash in front, and percent-encoded where necessary. */
    public static String pathToSend(String path) {
        refuseInPath(path, firstOf("?#", Arguments.notNull("path", path)));
        int scanned = RequestTarget.scan(path, 0);
        refuseInPath(path, scanned);
        return withLeadingSlash(scanned == RequestTarget.TO_ENCODE ? RequestTarget.encodeIllegal(path) : path);
    }

    /** Returns a path that is sent unchanged, except that a missing slash is added in front. */
    public static String rawPath(String path) {
        refuseInPath(path, firstOf("?#", Arguments.notNull("path", path)));
        refuseInPath(path, RequestTarget.indexOfUnsendable(path));
        return withLeadingSlash(path);
    }

    /** Returns a query that is sent unchanged, except that a question mark in front is removed. */
    public static String rawQuery(String query) {
        refuseInQuery(query, firstOf("#", Arguments.notNull("query", query)));
        refuseInQuery(query, RequestTarget.indexOfUnsendable(query));
        return withoutQuestionMark(query);
    }

    /** Returns this path with a slash and one more segment at its end. */
    public static String withSegment(String path, String text) {
        Arguments.encodable("text", text);
        if (text.isEmpty()) {
            throw new IllegalArgumentException("text: an empty segment would only add a slash at the end; "
                    + "use path(text) for a path that ends with a slash");
        }
        if (text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException(
                    "text: \"%s\" is a dot segment, even percent-encoded: servers resolve it; use path(text) to send it"
                            .formatted(text));
        }
        return path + (path.endsWith("/") ? "" : "/") + RequestTarget.encodeSegment(text);
    }

    private static String withLeadingSlash(String path) {
        return path.startsWith("/") ? path : "/" + path;
    }

    private static String withoutQuestionMark(String query) {
        return query.startsWith("?") ? query.substring(1) : query;
    }

    private static int firstOf(String delimiters, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (delimiters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private static void refuseInPath(String path, int index) {
        if (index >= 0) {
            String instead =
                    path.charAt(index) == '?' ? "segment(text), or a query to rawQuery(text)" : "segment(text)";
            throw notEncoded("path", Ascii.quote(withoutSecrets(path)) + ": ", path, index, instead);
        }
    }

    /** Does not quote the query, because it may contain secrets. */
    private static void refuseInQuery(String query, int index) {
        if (index >= 0) {
            throw notEncoded("query", "", query, index, "query(key, value)");
        }
    }

    /** Checks a host without brackets. {@code argument} is its name in the error message. */
    public static String host(String argument, String host) {
        Arguments.notNull(argument, host);
        boolean literal = host.indexOf(':') >= 0;
        if (literal ? !isIpv6(host) : !isName(host)) {
            throw new IllegalArgumentException(
                    "%s: %s is not a host name or address".formatted(argument, Ascii.quote(host)));
        }
        return host;
    }

    /** Returns the host as a URI or a Host field contains it: an IPv6 literal is in brackets. */
    public static String authority(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    /** Returns the start of a URI, up to its path, without the scheme's default port. */
    public static String origin(String scheme, String host, int port) {
        boolean standard = port == (scheme.equals("https") ? 443 : 80);
        return scheme + "://" + authority(host) + (standard ? "" : ":" + port);
    }

    /** Checks a host with an optional port, or an empty text (RFC 9110, section 7.2). */
    public static void checkAuthority(String argument, String authority) {
        if (!authority.isEmpty()) {
            try {
                hostIn(authority, authority);
                portIn(authority, authority);
                if (authority.endsWith(":")) {
                    throw bad(authority, "bad port");
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "%s: %s is not a host with an optional port"
                                .formatted(argument, Ascii.quote(withoutSecrets(authority))),
                        e);
            }
        }
    }

    private static String hostIn(String uri, String authority) {
        if (authority.indexOf('@') >= 0) {
            throw bad(uri, "userinfo is not allowed");
        }
        String text = authority.substring(0, hostEnd(authority));
        boolean brackets = text.startsWith("[") && text.endsWith("]");
        String host = brackets ? text.substring(1, text.length() - 1) : text;
        if (brackets != host.indexOf(':') >= 0) {
            throw bad(uri, "bad host");
        }
        return host("uri", host).toLowerCase(Locale.ROOT);
    }

    /** The index at which the host ends: at the colon before the port, or at the end. */
    private static int hostEnd(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? colon : authority.length();
    }

    /** The port; 0 if there is none, even after a colon (RFC 3986, section 6.2.3). */
    private static int portIn(String uri, String authority) {
        int hostEnd = hostEnd(authority);
        if (hostEnd >= authority.length() - 1) {
            return 0;
        }
        int port = 0;
        for (int i = hostEnd + 1; i < authority.length(); i++) {
            int digit = authority.charAt(i) - '0';
            if (digit < 0 || digit > 9 || port > 65_535) {
                throw bad(uri, "bad port");
            }
            port = port * 10 + digit;
        }
        if (port < 1 || port > 65_535) {
            throw bad(uri, "bad port");
        }
        return port;
    }

    /**
     * Whether this is a host name: letters, digits, hyphens and underscores between dots. If the last label is a number
     * (127.1, 010.0.0.1), some parsers read an address and others a name. Such a host must be an IPv4 address in the
     * form of {@link #isIpv4}, which all parsers read in the same way.
     */
    private static boolean isName(String host) {
        int end = host.length() > 1 && host.endsWith(".") ? host.length() - 1 : host.length();
        int label = 0;
        for (int i = 0; i < end; i++) {
            char c = host.charAt(i);
            if (c == '.') {
                if (i == label || i - label > MAX_LABEL_LENGTH) {
                    return false;
                }
                label = i + 1;
            } else if (!isLetterOrDigit(c) && c != '-' && c != '_') {
                return false;
            }
        }
        return end > label && end - label <= MAX_LABEL_LENGTH && (!isNumber(host, label, end) || isIpv4(host));
    }

    /** Whether these are decimal digits, or 0x and hexadecimal digits. */
    private static boolean isNumber(String host, int from, int to) {
        boolean hex = to - from >= 2 && host.charAt(from) == '0' && (host.charAt(from + 1) | 0x20) == 'x';
        for (int i = hex ? from + 2 : from; i < to; i++) {
            if (Character.digit(host.charAt(i), hex ? 16 : 10) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether these are four numbers from 0 to 255, without leading zeros, separated by dots. */
    private static boolean isIpv4(String host) {
        int numbers = 0;
        int at = 0;
        while (numbers < 4) {
            int from = at;
            int value = 0;
            while (at < host.length() && at - from < 3 && Character.digit(host.charAt(at), 10) >= 0) {
                value = value * 10 + host.charAt(at) - '0';
                at++;
            }
            boolean ends = numbers == 3 ? at == host.length() : at < host.length() && host.charAt(at) == '.';
            if (at == from || value > 255 || at - from > 1 && host.charAt(from) == '0' || !ends) {
                return false;
            }
            numbers++;
            at++;
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
    }

    /**
     * Whether these are eight groups of at most four hexadecimal digits, or fewer groups around one "::". The last two
     * groups may be an IPv4 address.
     */
    private static boolean isIpv6(String host) {
        int gap = host.indexOf("::");
        if (gap < 0) {
            return groups(host, true) == 8;
        }
        int before = groups(host.substring(0, gap), false);
        int after = groups(host.substring(gap + 2), true);
        return before >= 0 && after >= 0 && before + after < 8;
    }

    /** How many groups of 16 bits a part of an IPv6 address has; -1 if one of them is malformed. */
    private static int groups(String part, boolean mayEndWithIpv4) {
        if (part.isEmpty()) {
            return 0;
        }
        String[] groups = part.split(":", -1);
        int last = groups.length - 1;
        boolean ipv4 = mayEndWithIpv4 && isIpv4(groups[last]);
        for (int i = 0; i < groups.length; i++) {
            boolean hex = !groups[i].isEmpty() && groups[i].length() <= 4 && isHex(groups[i]);
            if (!hex && !(ipv4 && i == last)) {
                return -1;
            }
        }
        return ipv4 ? groups.length + 1 : groups.length;
    }

    private static boolean isHex(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c >= 128 || Character.digit(c, 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the part of a URI that an error may show: no query, no fragment and no password. If an at sign follows
     * the apparent start of a query, that start may be part of a password. The host is then not shown either.
     */
    private static String withoutSecrets(String uri) {
        int cut = 0;
        while (cut < uri.length() && "?#".indexOf(uri.charAt(cut)) < 0) {
            cut++;
        }
        String shown = cut == uri.length() ? uri : uri.substring(0, cut + 1) + "...";
        int slashes = shown.indexOf("//");
        int from = slashes < 0 || uri.indexOf('@') < slashes ? 0 : slashes + 2;
        int at = uri.lastIndexOf('@');
        return at < from ? shown : shown.substring(0, from) + "..." + shown.substring(Math.min(at, cut));
    }

    /**
     * Returns an error that says which character cannot be sent unencoded.
     *
     * @param shown   the part of the text that may be shown, with a colon after it
     * @param index   the index of the character in the text
     * @param instead the methods that encode any text
     */
    private static IllegalArgumentException notEncoded(
            String argument, String shown, String text, int index, String instead) {
        char c = text.charAt(index);
        if (Character.isSurrogate(c)) {
            return new IllegalArgumentException(
                    "%s: %shalf a surrogate pair at index %d".formatted(argument, shown, index));
        }
        return new IllegalArgumentException("%s: %s%s at index %d %s: give the text to %s"
                .formatted(
                        argument,
                        shown,
                        Ascii.quote(String.valueOf(c)),
                        index,
                        c == '%' ? "does not start an escape" : "must be percent-encoded",
                        instead));
    }

    static IllegalArgumentException bad(String uri, String why) {
        return new IllegalArgumentException("uri: %s: %s".formatted(Ascii.quote(withoutSecrets(uri)), why));
    }
}

package io.httpipe.internal.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads http and https URIs (RFC 3986; RFC 9110, section 4.2), refusing what two readers could take in two ways, and
 * percent-encoding what can be encoded in one way only.
 */
public final class UriParser {
    private static final int LONGEST_LABEL = 63;

    private UriParser() {}

    /** The parts of a URI as they stand there. */
    public static ParsedUri parse(String uri) {
        return parse(uri, false);
    }

    /** The parts of a URI, percent-encoded where they must be to be sent. */
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
        String target = target(uri, authorityEnd, encode);
        int ownPort = port > 0 ? port : scheme.equals("https") ? 443 : 80;
        return new ParsedUri(scheme, host, ownPort, path(target), query(target));
    }

    /**
     * What follows the authority, with a slash in front; a fragment is dropped, since it is never sent.
     *
     * @param from   where the authority ends
     * @param encode whether to percent-encode what must be to be sent
     */
    public static String target(String uri, int from, boolean encode) {
        int scanned = RequestTarget.scan(uri, from);
        if (scanned >= 0) {
            String shown = Ascii.quote(withoutSecrets(uri)) + ": ";
            throw notEncoded("uri", shown, uri, scanned, "segment(text) or query(key, value)");
        }
        int hash = uri.indexOf('#', from);
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

    public static String path(String target) {
        int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    public static @Nullable String query(String target) {
        int question = target.indexOf('?');
        return question < 0 ? null : target.substring(question + 1);
    }

    /** A path of the caller's as it is sent: with a slash in front, and percent-encoded where it must be. */
    public static String pathToSend(String path) {
        refuseInPath(path, firstOf("?#", Arguments.notNull("path", path)));
        int scanned = RequestTarget.scan(path, 0);
        refuseInPath(path, scanned);
        return rooted(scanned == RequestTarget.TO_ENCODE ? RequestTarget.encodeIllegal(path) : path);
    }

    /** A path that is sent as it is, but for a slash in front. */
    public static String rawPath(String path) {
        refuseInPath(path, firstOf("?#", Arguments.notNull("path", path)));
        refuseInPath(path, RequestTarget.indexOfUnsendable(path));
        return rooted(path);
    }

    /** A query that is sent as it is, but for a question mark in front. */
    public static String rawQuery(String query) {
        refuseInQuery(query, firstOf("#", Arguments.notNull("query", query)));
        refuseInQuery(query, RequestTarget.indexOfUnsendable(query));
        return unmarked(query);
    }

    /** This path and one more segment, behind a slash. */
    public static String withSegment(String path, String text) {
        Arguments.encodable("text", text);
        if (text.isEmpty()) {
            throw new IllegalArgumentException(
                    "text: an empty segment would name the path itself; path(text) can end with a slash");
        }
        if (text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException(
                    "text: \"%s\" is a step within the path and no segment, even percent-encoded; path(text) can hold it"
                            .formatted(text));
        }
        return path + (path.endsWith("/") ? "" : "/") + RequestTarget.encodeSegment(text);
    }

    private static String rooted(String path) {
        return path.startsWith("/") ? path : "/" + path;
    }

    private static String unmarked(String query) {
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

    /** The query itself may hold secrets. */
    private static void refuseInQuery(String query, int index) {
        if (index >= 0) {
            throw notEncoded("query", "", query, index, "query(key, value)");
        }
    }

    /** Checks a host, without brackets, that goes by the name of {@code argument}. */
    public static String host(String argument, String host) {
        Arguments.notNull(argument, host);
        boolean literal = host.indexOf(':') >= 0;
        if (literal ? !isIpv6(host) : !isName(host)) {
            throw new IllegalArgumentException(
                    "%s: %s is not a host name or address".formatted(argument, Ascii.quote(host)));
        }
        return host;
    }

    /** The host as a URI or Host field has it: an IPv6 literal in brackets. */
    public static String authority(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    /** The start of a URI, up to its path; the scheme's default port is left out. */
    public static String origin(String scheme, String host, int port) {
        boolean standard = port == (scheme.equals("https") ? 443 : 80);
        return scheme + "://" + authority(host) + (standard ? "" : ":" + port);
    }

    /** Checks a host and perhaps a port as a URI has them, or nothing at all: RFC 9110, section 7.2. */
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
                        "%s: %s is not a host with perhaps a port"
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

    /** Where the host ends: at the end, or where a colon and the port follow. */
    private static int hostEnd(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? colon : authority.length();
    }

    /** 0 where there is none, also behind a colon: RFC 3986, section 6.2.3. */
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
     * Letters, digits, hyphens and underscores between dots. A name whose last label is a number is an address to
     * some and a name to others (127.1, 010.0.0.1), so it must be the one form of IPv4 that all read alike.
     */
    private static boolean isName(String host) {
        int end = host.length() > 1 && host.endsWith(".") ? host.length() - 1 : host.length();
        int label = 0;
        for (int i = 0; i < end; i++) {
            char c = host.charAt(i);
            if (c == '.') {
                if (i == label || i - label > LONGEST_LABEL) {
                    return false;
                }
                label = i + 1;
            } else if (!isLetterOrDigit(c) && c != '-' && c != '_') {
                return false;
            }
        }
        return end > label && end - label <= LONGEST_LABEL && (!isNumber(host, label, end) || isIpv4(host));
    }

    /** Decimal digits, or 0x and hexadecimal ones. */
    private static boolean isNumber(String host, int from, int to) {
        boolean hex = to - from >= 2 && host.charAt(from) == '0' && (host.charAt(from + 1) | 0x20) == 'x';
        for (int i = hex ? from + 2 : from; i < to; i++) {
            if (Character.digit(host.charAt(i), hex ? 16 : 10) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Four numbers from 0 to 255 without leading zeros, dots between. */
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

    /** Eight groups of at most four hexadecimal digits, or fewer around one "::"; the last two may be an IPv4 address. */
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
     * What may stand in an error: no query, no fragment, and nobody's password. Where an at sign comes behind what
     * looks like the beginning of a query, that may as well be within a password; then no host is shown either.
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
     * Says which character cannot be sent as it stands.
     *
     * @param shown   what may be shown of the text, with a colon behind it
     * @param index   where the character is in the text
     * @param instead what encodes any text
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
                        c == '%' ? "starts no escape" : "must be percent-encoded",
                        instead));
    }

    private static IllegalArgumentException bad(String uri, String why) {
        return new IllegalArgumentException("uri: %s: %s".formatted(Ascii.quote(withoutSecrets(uri)), why));
    }
}

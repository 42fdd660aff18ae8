package io.httpipe.internal.policy;

import io.httpipe.internal.wire.RequestTarget;
import java.nio.charset.Charset;

/** Decides which hosts and paths a cookie is for (RFC 6265bis, section 5.1). Each check takes linear time. */
final class CookieScope {
    /** RFC 6265bis, section 5.6: the longest value of an attribute. */
    private static final int MAX_ATTRIBUTE = 1024;

    /** The longest name that DNS can have. */
    private static final int MAX_HOST_LENGTH = 253;

    private CookieScope() {}

    /** Whether a cookie with this domain is for this host. Both are in lower case. */
    static boolean domainMatches(String host, String domain) {
        int dot = host.length() - domain.length() - 1;
        return host.equals(domain) || dot > 0 && host.charAt(dot) == '.' && host.endsWith(domain) && !isAlone(host);
    }

    /**
     * Whether a host has no parent that it could set cookies for: an IP address, a name with a dot at its end, and a
     * name that is too long for DNS.
     */
    static boolean isAlone(String host) {
        int last = host.length() - 1;
        return host.length() > MAX_HOST_LENGTH
                || host.indexOf(':') >= 0
                || host.endsWith(".")
                || isNumber(host, host.lastIndexOf('.') + 1, last);
    }

    /** Whether a label is a number. A host whose last label is a number is an IPv4 address. */
    private static boolean isNumber(String host, int from, int last) {
        for (int i = from; i <= last; i++) {
            if (host.charAt(i) < '0' || host.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns a path with all bytes beyond ASCII percent-encoded, so that raw and encoded paths can be compared.
     *
     * @param charset converts the text to its bytes: UTF-8 for the path of a request, ISO-8859-1 for a path in a field
     */
    static String comparable(String path, Charset charset) {
        return UserText.isAscii(path) ? path : RequestTarget.encodeNonAscii(path, charset);
    }

    /** Whether a cookie with this path is for a request with this path. {@link #comparable} has returned both. */
    static boolean pathMatches(String path, String cookiePath) {
        return path.startsWith(cookiePath)
                && (path.length() == cookiePath.length()
                        || cookiePath.endsWith("/")
                        || path.charAt(cookiePath.length()) == '/');
    }

    /**
     * The path of a cookie without a {@code Path} attribute: the part of the request's path before its last slash, or a
     * slash if that part is empty.
     */
    static String defaultPath(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    /** Whether a path could be the value of a {@code Path} attribute, so that it is bounded and can be saved. */
    static boolean isAttribute(String path) {
        if (path.length() > MAX_ATTRIBUTE) {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == ';' || c < ' ' || c == 0x7f || c > 0xff) {
                return false;
            }
        }
        return true;
    }
}

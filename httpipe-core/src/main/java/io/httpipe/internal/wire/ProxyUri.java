package io.httpipe.internal.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The URI of a proxy.
 *
 * @param scheme   {@code http}, {@code https} or {@code socks5}
 * @param user     percent-decoded; null if there is none
 * @param password percent-decoded; null if there is none
 * @param host     a name or IP literal in lower case, without brackets
 * @param port     the port given, otherwise that of the scheme
 */
public record ProxyUri(
        String scheme, @Nullable String user, @Nullable String password, String host, int port) {
    private static final int MAX_LENGTH = 8192;

    /** The schemes that an error may show. Any other text before {@code ://} may be a password. */
    private static final Set<String> SCHEMES =
            Set.of("http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h");

    /**
     * Parses a URI. The errors show neither user name nor password.
     *
     * @param argument the name of the URI in error messages
     */
    public static ProxyUri parse(String argument, String uri) {
        if (Arguments.notNull(argument, uri).length() > MAX_LENGTH) {
            throw new IllegalArgumentException("%s: it is longer than %d characters".formatted(argument, MAX_LENGTH));
        }
        int colon = uri.indexOf("://");
        String given = colon < 0 ? "" : uri.substring(0, colon).toLowerCase(Locale.ROOT);
        String scheme = given.equals("socks5h") ? "socks5" : given;
        int defaultPort = switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            case "socks5" -> 1080;
            default -> throw bad(argument, uri, "it does not start with http://, https://, socks5:// or socks5h://");
        };
        // A password may contain an unencoded at sign. A host cannot.
        int at = uri.lastIndexOf('@');
        int hostStart = at < 0 ? colon + 3 : at + 1;
        int end = uri.endsWith("/") ? uri.length() - 1 : uri.length();
        String authority = uri.substring(hostStart, Math.max(hostStart, end));
        if (authority.isEmpty()) {
            throw bad(argument, uri, "there is no host");
        }
        ParsedUri target;
        try {
            target = UriParser.parse("http://" + authority);
        } catch (IllegalArgumentException e) {
            throw bad(argument, uri, "bad host or port");
        }
        if (!target.path().equals("/")
                || target.query() != null
                || target.fragment() != null
                || authority.endsWith(":")
                || authority.indexOf('/') >= 0) {
            throw bad(argument, uri, "a proxy URI has only a scheme, optional credentials, a host and a port");
        }
        boolean hasPort = authority.lastIndexOf(':') > authority.lastIndexOf(']');
        String userinfo = at < 0 ? null : uri.substring(colon + 3, at);
        if (userinfo != null
                && (userinfo.indexOf('/') >= 0 || userinfo.indexOf('?') >= 0 || userinfo.indexOf('#') >= 0)) {
            // Other parsers see the end of the host at this character.
            throw bad(argument, uri, "percent-encode / ? and # in the user name and password");
        }
        int separator = userinfo == null ? -1 : userinfo.indexOf(':');
        return new ProxyUri(
                scheme,
                userinfo == null
                        ? null
                        : decoded(argument, uri, separator < 0 ? userinfo : userinfo.substring(0, separator)),
                userinfo == null || separator < 0 ? null : decoded(argument, uri, userinfo.substring(separator + 1)),
                target.host(),
                hasPort ? target.port() : defaultPort);
    }

    private static String decoded(String argument, String uri, String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < text.length()) {
            int escape = text.indexOf('%', at);
            if (escape == at) {
                if (!RequestTarget.startsEscape(text, at)) {
                    throw bad(argument, uri, "a percent sign in the user name or password does not start an escape");
                }
                bytes.write(Ascii.hexDigit(text.charAt(at + 1)) << 4 | Ascii.hexDigit(text.charAt(at + 2)));
                at += 3;
            } else {
                int end = escape < 0 ? text.length() : escape;
                bytes.writeBytes(
                        Arguments.encodable(argument, text.substring(at, end)).getBytes(StandardCharsets.UTF_8));
                at = end;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw bad(argument, uri, "the user name or password is not UTF-8");
        }
    }

    /** Checks the host of a proxy that is not given as a URI. The error hides text that may be a password. */
    public static String host(String argument, String host) {
        if (Arguments.notNull(argument, host).indexOf('@') >= 0) {
            throw bad(argument, host, "it is not a host name or address");
        }
        return UriParser.host(argument, host);
    }

    private static IllegalArgumentException bad(String argument, String uri, String why) {
        return new IllegalArgumentException("%s: %s: %s".formatted(argument, Ascii.quote(masked(uri)), why));
    }

    /**
     * Returns the URI with {@code ***} in place of text that may be a user name or a password. If there is no at sign,
     * all text after the apparent host and its colon is replaced. If there is one, the text between the scheme and the
     * last at sign is replaced. The text after the host, port and delimiter that follow this at sign is replaced too.
     */
    public static String masked(String uri) {
        int slashes = uri.indexOf("://");
        boolean scheme =
                slashes >= 0 && SCHEMES.contains(uri.substring(0, slashes).toLowerCase(Locale.ROOT));
        int from = scheme ? slashes + 3 : 0;
        int at = uri.lastIndexOf('@');
        int end = at < 0 ? hostEnd(uri, from) : authorityEnd(uri, at + 1);
        String start = at < 0 ? uri.substring(0, end) : uri.substring(0, from) + "***" + uri.substring(at, end);
        return end == uri.length() ? start : start + "***";
    }

    /**
     * The index after the apparent host and its colon in a text without an at sign. A password cannot begin before this
     * index.
     */
    private static int hostEnd(String uri, int from) {
        int at = from;
        if (uri.startsWith("[", from)) {
            int end = addressEnd(uri, from + 1);
            at = uri.startsWith("]", end) ? end : from;
        }
        while (at < uri.length() && uri.charAt(at) != ':' && !isEncodedSeparator(uri, at)) {
            at++;
        }
        return uri.startsWith(":", at) ? at + 1 : at;
    }

    /** The end of the hexadecimal digits, colons and dots of an IP address. */
    private static int addressEnd(String uri, int from) {
        int at = from;
        while (at < uri.length()
                && (uri.charAt(at) == ':' || uri.charAt(at) == '.' || Ascii.hexDigit(uri.charAt(at)) >= 0)) {
            at++;
        }
        return at;
    }

    /** Whether a colon or an at sign is percent-encoded here. */
    private static boolean isEncodedSeparator(String uri, int at) {
        return uri.regionMatches(true, at, "%3a", 0, 3) || uri.startsWith("%40", at);
    }

    /** The index after the host, port and delimiter that follow an at sign. */
    private static int authorityEnd(String uri, int from) {
        int at = uri.startsWith("[", from) ? addressEnd(uri, from + 1) : from;
        while (at < uri.length()
                && (Character.isLetterOrDigit(uri.charAt(at)) || "-._]".indexOf(uri.charAt(at)) >= 0)) {
            at++;
        }
        if (uri.startsWith(":", at)) {
            at++;
            int end = at;
            while (end < uri.length() && Ascii.isDigit(uri.charAt(end))) {
                end++;
            }
            boolean port = end - at <= 5 && (end == uri.length() || "/?#".indexOf(uri.charAt(end)) >= 0);
            at = port ? end : at;
        }
        return at < uri.length() && "/?#".indexOf(uri.charAt(at)) >= 0 ? at + 1 : at;
    }

    /** Shows neither user name nor password. */
    @Override
    public String toString() {
        return scheme + "://" + (user == null ? "" : "***@") + UriParser.authority(host) + ":" + port;
    }
}

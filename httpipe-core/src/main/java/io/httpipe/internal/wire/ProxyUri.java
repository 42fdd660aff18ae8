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

    /** What may be shown as a scheme, and is no password. */
    private static final Set<String> SCHEMES =
            Set.of("http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h");

    /**
     * Parses a URI. The errors show neither user name nor password.
     *
     * @param argument what the errors call it
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
        // A password may hold an unencoded at sign. No host can.
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
            throw bad(argument, uri, "a proxy has only a scheme, perhaps a user name and password, a host and a port");
        }
        boolean hasPort = authority.lastIndexOf(':') > authority.lastIndexOf(']');
        String userinfo = at < 0 ? null : uri.substring(colon + 3, at);
        if (userinfo != null
                && (userinfo.indexOf('/') >= 0 || userinfo.indexOf('?') >= 0 || userinfo.indexOf('#') >= 0)) {
            // Other parsers see the end of the host there.
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
                    throw bad(argument, uri, "a percent sign in the user name or password starts no escape");
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

    private static IllegalArgumentException bad(String argument, String uri, String why) {
        return new IllegalArgumentException("%s: %s: %s".formatted(argument, Ascii.quote(masked(uri)), why));
    }

    /** The URI without what may be a user name or a password. */
    public static String masked(String uri) {
        int at = uri.lastIndexOf('@');
        int slashes = uri.indexOf("://");
        boolean scheme = slashes >= 0
                && slashes < at
                && SCHEMES.contains(uri.substring(0, slashes).toLowerCase(Locale.ROOT));
        int from = scheme ? slashes + 3 : 0;
        return at < 0 ? uri : uri.substring(0, from) + "***" + uri.substring(at);
    }

    /** Shows neither user name nor password. */
    @Override
    public String toString() {
        return scheme + "://" + (user == null ? "" : "***@") + UriParser.authority(host) + ":" + port;
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.UriParts;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The input is a URI in UTF-8, where {@code ^d800} stands for a character that UTF-8 cannot say. */
public final class UriFuzzTarget {
    /** RFC 3986, appendix B: how anybody takes any URI apart. */
    private static final Pattern ANY = Pattern.compile("^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?");

    private UriFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String uri = TextInput.decode(data);
        UriParts parts = parse(uri);
        assertEquals(ReferenceUriParser.parse(uri), parts);
        if (parts != null) {
            agreesWithAppendixB(uri, parts);
            agreesWithTheJdk(uri, parts);
            assertEquals(parts, parse(assembled(parts)), "assembled and parsed again");
        }
    }

    private static @Nullable UriParts parse(String uri) {
        try {
            return Httpipe.parseUri(uri);
        } catch (IllegalArgumentException e) {
            TextInput.assertOneLineMessage(e);
            return null;
        }
    }

    private static void agreesWithAppendixB(String uri, UriParts parts) {
        Matcher any = ANY.matcher(uri);
        assertTrue(any.matches());
        assertTrue(parts.scheme().equalsIgnoreCase(any.group(2)));
        String host = parts.host().contains(":") ? "[" + parts.host() + "]" : parts.host();
        String authority = any.group(4);
        assertTrue(authority.regionMatches(true, 0, host, 0, host.length()), "another host in " + authority);
        String port = authority.substring(host.length());
        assertEquals(
                port.length() < 2 ? parts.scheme().equals("http") ? 80 : 443 : Integer.parseInt(port.substring(1)),
                parts.port());
        assertEquals(any.group(5).isEmpty() ? "/" : any.group(5), parts.path());
        assertEquals(any.group(7), parts.query());
        // Browsers take a backslash for a slash, and leave out line ends and tabs (the URL standard, section 4.4).
        assertTrue(uri.chars().noneMatch(c -> c <= ' ' || c == '\\' || c == 0x7f), "read in another way by browsers");
    }

    private static void agreesWithTheJdk(String uri, UriParts parts) {
        URI jdk;
        try {
            jdk = new URI(uri).parseServerAuthority();
        } catch (URISyntaxException e) {
            // It knows no underscores in names, and no raw brackets.
            return;
        }
        String host = jdk.getHost();
        assertNotNull(host);
        assertEquals(parts.host(), host.replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT));
        assertEquals(jdk.getPort() < 0 ? parts.scheme().equals("http") ? 80 : 443 : jdk.getPort(), parts.port());
        assertEquals(jdk.getRawPath().isEmpty() ? "/" : jdk.getRawPath(), parts.path());
        assertEquals(jdk.getRawQuery(), parts.query());
        assertNull(jdk.getUserInfo());
    }

    static String assembled(UriParts parts) {
        String host = parts.host().contains(":") ? "[" + parts.host() + "]" : parts.host();
        String query = parts.query() == null ? "" : "?" + parts.query();
        return parts.scheme() + "://" + host + ":" + parts.port() + parts.path() + query;
    }
}

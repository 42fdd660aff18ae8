package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.UriParts;
import io.httpipe.internal.wire.UriParser;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fuzzes the URI parser. The input is a URI; see {@link TextInput#decode}. */
public final class UriFuzzTarget {
    /** The regular expression of RFC 3986, appendix B, which splits any URI into its parts. */
    private static final Pattern APPENDIX_B =
            Pattern.compile("^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?", Pattern.DOTALL);

    private UriFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String uri = TextInput.decode(data);
        UriParts parts = parse(uri);
        assertEquals(ReferenceUriParser.parse(uri), parts);
        if (parts != null) {
            assertAgreesWithAppendixB(uri, parts);
            assertAgreesWithJdk(uri, parts);
            assertEquals(parts, parse(assemble(parts)), "assembled and parsed again");
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

    private static void assertAgreesWithAppendixB(String uri, UriParts parts) {
        Matcher matcher = APPENDIX_B.matcher(uri);
        assertTrue(matcher.matches());
        assertTrue(parts.scheme().equalsIgnoreCase(matcher.group(2)));
        String host = parts.host().contains(":") ? "[" + parts.host() + "]" : parts.host();
        String authority = matcher.group(4);
        assertTrue(authority.regionMatches(true, 0, host, 0, host.length()), "different host in " + authority);
        String port = authority.substring(host.length());
        assertEquals(
                port.length() < 2 ? parts.scheme().equals("http") ? 80 : 443 : Integer.parseInt(port.substring(1)),
                parts.port());
        assertEquals(matcher.group(5).isEmpty() ? "/" : matcher.group(5), parts.path());
        assertEquals(matcher.group(7), parts.query());
        assertEquals(matcher.group(9), UriParser.parse(uri).fragment());
        // Browsers read a backslash as a slash, and drop line ends and tabs (URL standard, section 4.4).
        assertTrue(
                uri.chars().noneMatch(c -> c <= ' ' || c == '\\' || c == 0x7f),
                "browsers would parse this URI differently");
    }

    private static void assertAgreesWithJdk(String uri, UriParts parts) {
        URI jdk;
        try {
            jdk = new URI(uri).parseServerAuthority();
        } catch (URISyntaxException e) {
            // java.net.URI refuses some raw characters, for example brackets in a path, and underscores in names.
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

    static String assemble(UriParts parts) {
        String host = parts.host().contains(":") ? "[" + parts.host() + "]" : parts.host();
        String query = parts.query() == null ? "" : "?" + parts.query();
        return parts.scheme() + "://" + host + ":" + parts.port() + parts.path() + query;
    }
}

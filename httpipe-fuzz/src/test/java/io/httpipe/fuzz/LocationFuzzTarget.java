package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import io.httpipe.internal.wire.UriReference;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes the resolution of {@code Location} values. The first line of the input is the URI of the request; see
 * {@link TextInput#decode}. The rest is the value. If the first line is not a URI, another URI is used.
 */
public final class LocationFuzzTarget {
    private static final ParsedUri DEFAULT_BASE = UriParser.parse("http://a/b/c/d;p?q#r");

    private LocationFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String input = Bytes.latin1(data);
        int lineEnd = input.indexOf('\n');
        ParsedUri base = base(TextInput.decode(Bytes.of(input.substring(0, Math.max(0, lineEnd)))));
        String reference = input.substring(lineEnd + 1);

        assertEquals(ReferenceUriResolver.scheme(reference), UriReference.scheme(reference));
        ParsedUri resolved = resolve(base, reference);
        assertEquals(ReferenceUriResolver.resolve(base, reference), resolved);
        if (resolved != null) {
            assertCanBeSent(resolved);
            URI jdk = JdkUriResolver.resolve(assemble(base), reference);
            if (jdk != null) {
                JdkUriResolver.assertAgrees(jdk, resolved);
            }
        }
    }

    private static ParsedUri base(String uri) {
        try {
            return UriParser.parseToSend(uri);
        } catch (IllegalArgumentException e) {
            return DEFAULT_BASE;
        }
    }

    static @Nullable ParsedUri resolve(ParsedUri base, String reference) {
        try {
            return UriReference.resolve(base, reference);
        } catch (IllegalArgumentException e) {
            TextInput.assertOneLineMessage(e);
            return null;
        }
    }

    /** Checks that the client parses this URI into the same parts, and that it has no dot segments and no userinfo. */
    static void assertCanBeSent(ParsedUri uri) {
        String text = assemble(uri);
        assertEquals(uri, UriParser.parse(text));
        assertEquals(uri, UriParser.parseToSend(text));
        assertFalse(JdkUriResolver.hasDotSegment(uri.path()), text);
        assertFalse(text.replaceFirst("^https?://([^/?#]*).*", "$1").contains("@"), text);
    }

    static String assemble(ParsedUri uri) {
        String host = uri.host().contains(":") ? "[" + uri.host() + "]" : uri.host();
        String query = uri.query() == null ? "" : "?" + uri.query();
        String fragment = uri.fragment() == null ? "" : "#" + uri.fragment();
        return uri.scheme() + "://" + host + ":" + uri.port() + uri.path() + query + fragment;
    }
}

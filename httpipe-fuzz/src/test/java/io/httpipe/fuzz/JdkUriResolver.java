package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.httpipe.internal.wire.ParsedUri;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Resolves references with {@code java.net.URI}, where that class follows RFC 3986. */
final class JdkUriResolver {
    private static final Pattern DOT_SEGMENT = Pattern.compile("(?:^|/)\\.\\.?(?:/|$)");

    /** Characters after the host that the JDK allows, but RFC 3986 does not. */
    private static final Pattern TO_ENCODE = Pattern.compile("[\\[\\]\\x80-\\xff]");

    private JdkUriResolver() {}

    /**
     * Returns the URI that a reference means, or null if the JDK refuses the reference or may deviate from RFC 3986:
     *
     * <ul>
     *   <li>Brackets and characters above ASCII are not percent-encoded.
     *   <li>A reference without a path but with a query loses the last segment of the base. So does an empty reference.
     *   <li>Dot segments are removed only from a relative path that is appended to that of the base. Then empty
     *       segments are removed too, but {@code ..} stays at the start of the path.
     * </ul>
     */
    static @Nullable URI resolve(String base, String reference) {
        URI from;
        URI to;
        try {
            from = new URI(base);
            to = new URI(reference);
        } catch (URISyntaxException e) {
            return null;
        }
        String afterHost = to.getRawPath() + to.getRawQuery() + to.getRawFragment();
        if (to.isOpaque() || TO_ENCODE.matcher(afterHost).find()) {
            return null;
        }
        boolean hasHost = to.getRawAuthority() != null;
        String path = to.getRawPath();
        if (!hasHost && path.isEmpty() && (to.getRawQuery() != null || to.getRawFragment() == null)) {
            return null;
        }
        boolean appended = !hasHost && !path.isEmpty() && !path.startsWith("/");
        String merged = from.getRawPath().replaceFirst("[^/]*$", "") + path;
        String unchanged = !hasHost && path.isEmpty() ? from.getRawPath() : path;
        if (appended ? merged.contains("//") : hasDotSegment(unchanged)) {
            return null;
        }
        URI resolved = from.resolve(to);
        return appended && hasDotSegment(resolved.getRawPath()) ? null : resolved;
    }

    static boolean hasDotSegment(String path) {
        return DOT_SEGMENT.matcher(path).find();
    }

    /** Checks that the JDK has found the same URI. In the JDK, a reference does not inherit the fragment. */
    static void assertAgrees(URI jdk, ParsedUri resolved) {
        assertEquals(jdk.getScheme().toLowerCase(Locale.ROOT), resolved.scheme());
        assertEquals(jdk.getRawPath().isEmpty() ? "/" : jdk.getRawPath(), resolved.path());
        assertEquals(jdk.getRawQuery(), resolved.query());
        assertNull(jdk.getRawUserInfo());
        if (jdk.getRawFragment() != null) {
            assertEquals(jdk.getRawFragment(), resolved.fragment());
        }
        // The JDK finds no host in an authority with an underscore.
        if (jdk.getHost() != null) {
            assertEquals(jdk.getHost().replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT), resolved.host());
            assertEquals(jdk.getPort() < 0 ? resolved.secure() ? 443 : 80 : jdk.getPort(), resolved.port());
        }
    }
}

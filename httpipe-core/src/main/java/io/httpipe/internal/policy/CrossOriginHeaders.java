package io.httpipe.internal.policy;

import java.util.Locale;
import java.util.Set;

/** Decides which headers of a caller hold no secrets, so that any origin may get them. */
final class CrossOriginHeaders {
    /** These headers describe what the client wants or is. */
    private static final Set<String> HARMLESS = Set.of(
            "accept",
            "accept-charset",
            "accept-encoding",
            "accept-language",
            "cache-control",
            "connection",
            "dnt",
            "if-range",
            "pragma",
            "prefer",
            "priority",
            "range",
            "te",
            "user-agent");

    private static final Set<String> OF_BODY = Set.of("digest", "last-modified", "repr-digest");

    private CrossOriginHeaders() {}

    static boolean isHarmless(String name) {
        return HARMLESS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a header describes the body, and so is sent only with the body (RFC 9110, section 15.4). */
    static boolean isOfBody(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.startsWith("content-") || OF_BODY.contains(lower);
    }
}

package io.httpipe.internal.call;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.UriParser;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks headers that the client manages itself, because they frame a request, route it, or control its connection.
 * {@code docs/requests.md} lists what a caller may set. All other headers are sent unchanged.
 */
public final class ManagedHeaders {
    private static final Set<String> COMPUTED = names("Content-Length", "Transfer-Encoding");

    /** A Connection option must not name these fields. The next server would remove them (RFC 9110, section 7.6.1). */
    private static final Set<String> NOT_HOP_BY_HOP = names("Content-Length", "Transfer-Encoding", "Host", "Expect");

    /** These fields decide what the message means, so they must come before the body (RFC 9110, section 6.5.1). */
    private static final Set<String> NOT_IN_TRAILERS = names(
            "Authorization",
            "Connection",
            "Content-Encoding",
            "Content-Length",
            "Content-Range",
            "Content-Type",
            "Cookie",
            "Expect",
            "Host",
            "Keep-Alive",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade");

    /**
     * A pipe drops these trailers in addition to {@link #NOT_IN_TRAILERS}. They affect routing, caching or cookies,
     * make a request conditional, or ask for a part of a resource. A pipe forwards the response body of one server as
     * the body of a request to another server. The first server must not set these fields of that request.
     */
    private static final Set<String> NOT_PIPED =
            names("Cache-Control", "Forwarded", "Max-Forwards", "Pragma", "Range", "Set-Cookie", "Via", "X-Real-IP");

    private static final List<String> NOT_PIPED_PREFIXES = List.of("If-", "X-Forwarded-");

    private ManagedHeaders() {}

    private static Set<String> names(String... names) {
        Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        set.addAll(Set.of(names));
        return set;
    }

    /** Replaces underscores with hyphens. CGI-style servers turn both into the same variable name. */
    private static String withHyphens(String name) {
        return name.replace('_', '-');
    }

    /** Removes the trailers that no request may send. */
    public static FieldLines allowedTrailers(FieldLines trailers) {
        FieldLines allowed = trailers;
        for (int i = 0; i < trailers.size(); i++) {
            if (NOT_IN_TRAILERS.contains(withHyphens(trailers.name(i)))) {
                allowed = allowed.without(trailers.name(i));
            }
        }
        return allowed;
    }

    /** Refuses trailers that no request may send. */
    static FieldLines requireTrailers(@Nullable FieldLines trailers) {
        FieldLines given = Arguments.notNull("trailers", trailers);
        if (allowedTrailers(given).size() < given.size()) {
            throw new IllegalArgumentException(
                    "trailers: none of %s may be sent as a trailer".formatted(NOT_IN_TRAILERS));
        }
        return given;
    }

    /** Removes the trailers that a pipe must not forward. */
    public static FieldLines pipedTrailers(FieldLines trailers) {
        FieldLines piped = allowedTrailers(trailers);
        for (int i = 0; i < trailers.size(); i++) {
            if (isNotPiped(withHyphens(trailers.name(i)))) {
                piped = piped.without(trailers.name(i));
            }
        }
        return piped;
    }

    private static boolean isNotPiped(String name) {
        for (String prefix : NOT_PIPED_PREFIXES) {
            if (name.regionMatches(true, 0, prefix, 0, prefix.length())) {
                return true;
            }
        }
        return NOT_PIPED.contains(name);
    }

    /** Refuses the name of a header that only the client sets. */
    static void checkName(String name) {
        Arguments.token("name", name);
        String normalized = withHyphens(name);
        if (COMPUTED.contains(normalized)) {
            throw new IllegalArgumentException("name: %s is computed from the body".formatted(name));
        }
        if (normalized.equalsIgnoreCase("Expect")) {
            throw new IllegalArgumentException("name: Expect is set by expectContinue()");
        }
    }

    /** Refuses a value that contradicts what the client does. */
    static void checkValue(String name, String value) {
        if (name.equalsIgnoreCase("Host")) {
            UriParser.checkAuthority("Host", value);
        } else if (name.equalsIgnoreCase("TE") && !value.equalsIgnoreCase("trailers")) {
            throw new IllegalArgumentException(
                    "TE: %s is not supported; the only allowed value is \"trailers\"".formatted(Ascii.quote(value)));
        } else if (name.equalsIgnoreCase("Connection")) {
            for (String option : value.split(",", -1)) {
                checkConnectionOption(option.strip());
            }
        }
    }

    /**
     * Returns the Connection options that these fields require and that the caller has not set; null if none is
     * missing. RFC 9110, sections 7.8 and 10.1.4.
     */
    static @Nullable String missingOptions(FieldLines fields) {
        boolean te = fields.contains("TE") && !fields.hasToken("Connection", "TE");
        boolean upgrade = fields.contains("Upgrade") && !fields.hasToken("Connection", "Upgrade");
        return te ? upgrade ? "TE, Upgrade" : "TE" : upgrade ? "Upgrade" : null;
    }

    private static void checkConnectionOption(String option) {
        if (!option.isEmpty() && !Ascii.isToken(option)) {
            throw new IllegalArgumentException("Connection: %s is not a token".formatted(Ascii.quote(option)));
        }
        if (NOT_HOP_BY_HOP.contains(option)) {
            throw new IllegalArgumentException("Connection: %s is not allowed as an option".formatted(option));
        }
    }
}

package io.httpipe;

import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.FieldLines;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the fields that say where a request ends, to whom it goes and how its connection goes on when a
 * caller sets them; {@code docs/requests.md} has the table. All others are sent as they are.
 */
final class ManagedHeaders {
    private static final Set<String> COMPUTED = names("Content-Length", "Transfer-Encoding");

    /** What no Connection option may name, for the next server on the way would drop it: RFC 9110, section 7.6.1. */
    private static final Set<String> NOT_TO_BE_DROPPED = names("Content-Length", "Transfer-Encoding", "Host", "Expect");

    /** Fields that decide what a message means must come before its body: RFC 9110, section 6.5.1. */
    static final Set<String> NOT_IN_TRAILERS = names(
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
     * What a pipe does not carry over besides: how a request came here, and how it is to be dealt with, is not for the
     * server to say whose body it has, and who merges trailers into the head would take its word for the client's.
     */
    private static final Set<String> LEFT_BEHIND =
            names("Cache-Control", "Forwarded", "Max-Forwards", "Pragma", "Range", "Set-Cookie", "Via", "X-Real-IP");

    private static final List<String> LEFT_BEHIND_PREFIXES = List.of("If-", "X-Forwarded-");

    private ManagedHeaders() {}

    private static Set<String> names(String... names) {
        Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        set.addAll(Set.of(names));
        return set;
    }

    /** Servers that hand fields on as variables, as CGI does, read an underscore as a hyphen. */
    private static String asRead(String name) {
        return name.replace('_', '-');
    }

    /** These trailer fields without those that may not be sent as such. */
    static Headers passableTrailers(Headers trailers) {
        Headers passable = trailers;
        for (Map.Entry<String, String> line : trailers) {
            if (NOT_IN_TRAILERS.contains(asRead(line.getKey()))) {
                passable = passable.without(line.getKey());
            }
        }
        return passable;
    }

    /** These trailer fields of a pipe's source without those that it may not send on. */
    static Headers carriedTrailers(Headers trailers) {
        Headers carried = passableTrailers(trailers);
        for (Map.Entry<String, String> line : trailers) {
            if (staysBehind(asRead(line.getKey()))) {
                carried = carried.without(line.getKey());
            }
        }
        return carried;
    }

    private static boolean staysBehind(String name) {
        for (String prefix : LEFT_BEHIND_PREFIXES) {
            if (name.regionMatches(true, 0, prefix, 0, prefix.length())) {
                return true;
            }
        }
        return LEFT_BEHIND.contains(name);
    }

    /** Refuses a name that is the client's own to send or to leave out. */
    static void checkName(String name) {
        Arguments.token("name", name);
        String read = asRead(name);
        if (COMPUTED.contains(read)) {
            throw new IllegalArgumentException("name: %s is computed from the body".formatted(name));
        }
        if (read.equalsIgnoreCase("Expect")) {
            throw new IllegalArgumentException("name: Expect is set by expectContinue()");
        }
    }

    /** Refuses a value with which a field would say something that does not hold. */
    static void checkValue(String name, String value) {
        if (name.equalsIgnoreCase("Host")) {
            UriParser.checkAuthority("Host", value);
        } else if (name.equalsIgnoreCase("TE") && !value.equalsIgnoreCase("trailers")) {
            throw new IllegalArgumentException(
                    "TE: %s is not decoded here; only trailers is understood".formatted(Ascii.quote(value)));
        } else if (name.equalsIgnoreCase("Connection")) {
            for (String option : value.split(",", -1)) {
                checkOption(option.strip());
            }
        }
    }

    /**
     * The Connection options that have to go with these fields (RFC 9110, sections 7.8 and 10.1.4) and that the caller
     * has not given; null for none.
     */
    static @Nullable String missingOptions(FieldLines fields) {
        boolean te = fields.contains("TE") && !fields.hasToken("Connection", "TE");
        boolean upgrade = fields.contains("Upgrade") && !fields.hasToken("Connection", "Upgrade");
        return te ? upgrade ? "TE, Upgrade" : "TE" : upgrade ? "Upgrade" : null;
    }

    private static void checkOption(String option) {
        if (!option.isEmpty() && !Ascii.isToken(option)) {
            throw new IllegalArgumentException("Connection: %s is not a token".formatted(Ascii.quote(option)));
        }
        if (NOT_TO_BE_DROPPED.contains(option)) {
            throw new IllegalArgumentException("Connection: %s may not be named there".formatted(option));
        }
    }
}

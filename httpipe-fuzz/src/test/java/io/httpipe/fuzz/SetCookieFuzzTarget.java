package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.ReferenceCookieJar.Target;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.policy.CookieJar;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Fuzzes cookies. Each line of the input is a byte that chooses a server, and a value of Set-Cookie that this server
 * sends. Each server must get the cookies that the reference jar returns for it.
 */
public final class SetCookieFuzzTarget {
    private static final List<String> URIS = List.of(
            "https://www.example.com/a/b",
            "http://www.example.com/a/b/",
            "https://example.com/",
            "http://x.www.example.com/a",
            "http://127.0.0.1/a//b",
            "https://shop.co.uk/a/b/c",
            "http://co.uk/",
            "http://com/a",
            "https://www.example.com./a/b",
            "http://[::1]/");

    private static final Set<String> SUFFIXES = Set.of("co.uk", "ck");

    /** With the last clock, no date is cut to 400 days. */
    private static final List<Instant> CLOCKS = List.of(
            Instant.parse("1999-12-31T23:59:59Z"),
            Instant.parse("2026-11-30T12:00:00.25Z"),
            Instant.parse("9998-12-31T00:00:00Z"));

    private static final Pattern FIELD_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");

    private SetCookieFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String[] lines = Bytes.latin1(data).split("\n", -1);
        for (Instant now : CLOCKS) {
            check(lines, now);
        }
    }

    private static void check(String[] lines, Instant now) {
        CookieJar jar = new CookieJar(SUFFIXES::contains, now::toEpochMilli);
        ReferenceCookieJar reference = new ReferenceCookieJar(SUFFIXES);
        for (String line : lines) {
            if (!line.isEmpty()) {
                ParsedUri from = UriParser.parse(URIS.get(line.charAt(0) % URIS.size()));
                String text = line.substring(1);
                String refused = jar.set(Origin.of(from), from.path(), text);
                assertEquals(reference.set(target(from), text, now), refused == null, refused);
            }
        }
        for (String uri : URIS) {
            ParsedUri to = UriParser.parse(uri);
            Outgoing request = Outgoing.to("GET", to);
            String sent = jar.header(request, null);
            assertEquals(reference.header(target(to), false, true, now), sent, uri);
            assertTrue(sent == null || FIELD_VALUE.matcher(sent).matches(), "one line");
            Origin elsewhere = Origin.parse("origin", "https://elsewhere.test");
            assertEquals(reference.header(target(to), true, true, now), jar.header(request, elsewhere));
            assertEquals(
                    reference.header(target(to), true, false, now), jar.header(request.withMethod("POST"), elsewhere));
        }
        assertExpiry(jar, reference, now);
    }

    /** Checks that the jar keeps cookies with all expiry times that the reference jar expects. */
    private static void assertExpiry(CookieJar jar, ReferenceCookieJar reference, Instant now) {
        List<Long> expected = URIS.stream()
                .map(UriParser::parse)
                .flatMap(to -> reference.matching(target(to), false, true, now).stream())
                .map(cookie -> cookie.expires() == null
                        ? Long.MAX_VALUE
                        : cookie.expires().toEpochMilli())
                .distinct()
                .sorted()
                .toList();
        List<Long> kept = jar.all().stream()
                .map(cookie -> cookie.expires)
                .distinct()
                .sorted()
                .toList();
        assertTrue(kept.containsAll(expected), () -> kept + " instead of " + expected);
    }

    static Target target(ParsedUri uri) {
        return new Target(uri.secure(), uri.host(), uri.path());
    }
}

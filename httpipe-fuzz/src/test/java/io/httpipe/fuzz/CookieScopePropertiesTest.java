package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.policy.CookieJar;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/** Cookies never leave their scope, whatever servers set and whatever requests follow. */
class CookieScopePropertiesTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Set<String> SUFFIXES = Set.of("b.a", "c.b.a", "b.c");

    /** A cookie that a server sets, without its value. */
    record Step(String uri, String name, String domain, String path, String flags) {
        String text(int number) {
            return name + "=v" + number + domain + path + flags;
        }
    }

    @Property(seed = "21", tries = 2000)
    void eachRequestGetsTheCookiesThatTheReferenceSends(
            @ForAll("steps") List<Step> steps, @ForAll("uris") List<String> requests) {
        CookieJar jar = new CookieJar(SUFFIXES::contains, NOW::toEpochMilli);
        ReferenceCookieJar reference = new ReferenceCookieJar(SUFFIXES);
        for (int i = 0; i < steps.size(); i++) {
            ParsedUri from = UriParser.parse(steps.get(i).uri);
            String text = steps.get(i).text(i);
            String refused = jar.set(Origin.of(from), from.path(), text);
            assertEquals(reference.set(SetCookieFuzzTarget.target(from), text, NOW), refused == null, refused);
        }
        for (String uri : requests) {
            ParsedUri to = UriParser.parse(uri);
            String sent = jar.header(Outgoing.to("GET", to), null);
            assertEquals(reference.header(SetCookieFuzzTarget.target(to), false, true, NOW), sent, uri);
            assertWithinScope(steps, to, sent);
        }
    }

    /** Checks each cookie against the step that set it, without any model of a jar. */
    private static void assertWithinScope(List<Step> steps, ParsedUri to, @Nullable String sent) {
        for (String cookie : sent == null ? new String[0] : sent.split("; ")) {
            Step step = steps.get(Integer.parseInt(cookie.substring(cookie.indexOf("=v") + 2)));
            ParsedUri from = UriParser.parse(step.uri);
            String domain = step.domain.replaceFirst("; Domain=\\.?", "");
            boolean sameHost = from.host().equals(to.host());
            boolean shared = !domain.isEmpty()
                    && domain.contains(".")
                    && !SUFFIXES.contains(domain)
                    && ("." + from.host()).endsWith("." + domain)
                    && ("." + to.host()).endsWith("." + domain);
            assertTrue(sameHost || shared, () -> step + " was sent to " + to);
            assertTrue(!step.flags.contains("Secure") || from.secure() && to.secure(), () -> step + " to " + to);
            String path = step.path.isEmpty() ? from.path().replaceFirst("/[^/]*$", "") : step.path.substring(7);
            assertTrue((to.path() + "/").startsWith(path), () -> step + " was sent to " + to);
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<String> names = Arbitraries.of("n", "m", "__Host-n", "__Secure-n", "__Http-n");
        Arbitrary<String> domains =
                hosts().flatMap(host -> Arbitraries.of("", "; Domain=" + host, "; Domain=." + host));
        Arbitrary<String> paths = paths().flatMap(path -> Arbitraries.of("", "; Path=" + path));
        Arbitrary<String> flags = Arbitraries.of("", "; Secure", "; Secure; HttpOnly", "; Max-Age=0", "; Max-Age=9");
        return Combinators.combine(uri(), names, domains, paths, flags)
                .as(Step::new)
                .list()
                .ofMaxSize(40);
    }

    @Provide
    Arbitrary<List<String>> uris() {
        return uri().list().ofMinSize(1).ofMaxSize(20);
    }

    private static Arbitrary<String> uri() {
        return Combinators.combine(Arbitraries.of("http://", "https://"), hosts(), Arbitraries.of("", ":81"), paths())
                .as((scheme, host, port, path) -> scheme + host + port + path);
    }

    /** Hosts whose names are often suffixes of each other. */
    private static Arbitrary<String> hosts() {
        Arbitrary<String> names =
                Arbitraries.of("a", "b", "c").list().ofMinSize(1).ofMaxSize(4).map(l -> String.join(".", l));
        Arbitrary<String> others = Arbitraries.of("1.2.3.4", "3.4.b.a", "aa.b.a", "a.b.a.");
        return Arbitraries.frequencyOf(Tuple.of(9, names), Tuple.of(1, others));
    }

    private static Arbitrary<String> paths() {
        return Arbitraries.of("p", "q", "pq", "").list().ofMaxSize(3).map(l -> "/" + String.join("/", l));
    }
}

package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import io.httpipe.internal.wire.UriReference;
import java.net.URI;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A reference resolves to one URI, which every parser reads in the same way. */
class LocationPropertiesTest {
    @Property(seed = "1", tries = 2000)
    void aResolvedUriParsesToItself(@ForAll("uris") ParsedUri base, @ForAll("references") String reference) {
        ParsedUri resolved = UriReference.resolve(base, reference);
        LocationFuzzTarget.assertCanBeSent(resolved);
        assertEquals(ReferenceUriResolver.resolve(base, reference), resolved);
    }

    @Property(seed = "2", tries = 2000)
    void anyTextIsRefusedOrResolvedToAUriThatParsesToItself(
            @ForAll("uris") ParsedUri base, @ForAll("texts") String text) {
        ParsedUri resolved = LocationFuzzTarget.resolve(base, text);
        assertEquals(ReferenceUriResolver.resolve(base, text), resolved);
        if (resolved != null) {
            LocationFuzzTarget.assertCanBeSent(resolved);
        }
    }

    @Property(seed = "3", tries = 2000)
    void aReferenceResolvesAsInTheJdk(@ForAll("uris") ParsedUri base, @ForAll("references") String reference) {
        URI jdk = JdkUriResolver.resolve(LocationFuzzTarget.assemble(base), reference);
        Assume.that(jdk != null);
        assertNotNull(jdk);
        JdkUriResolver.assertAgrees(jdk, UriReference.resolve(base, reference));
    }

    @Property(seed = "4", tries = 2000)
    void theFragmentIsThatOfTheReferenceOrElseThatOfTheBase(
            @ForAll("uris") ParsedUri base, @ForAll("references") String reference, @ForAll("words") String own) {
        String without = reference.replaceFirst("#.*", "");
        Assume.that(!without.isEmpty());
        assertEquals(base.fragment(), UriReference.resolve(base, without).fragment());
        assertEquals(own, UriReference.resolve(base, without + "#" + own).fragment());
    }

    @Property(seed = "5", tries = 2000)
    void aResolvedUriResolvesToItself(
            @ForAll("uris") ParsedUri base, @ForAll("references") String reference, @ForAll("uris") ParsedUri other) {
        ParsedUri resolved = UriReference.resolve(base, reference);
        Assume.that(resolved.fragment() != null);
        assertEquals(resolved, UriReference.resolve(other, LocationFuzzTarget.assemble(resolved)));
    }

    @Provide
    Arbitrary<ParsedUri> uris() {
        return Combinators.combine(origins(), paths(), rests())
                .as((origin, path, rest) -> UriParser.parseToSend("http" + origin + afterHost(path) + rest));
    }

    /** References of all kinds that can be resolved. */
    @Provide
    Arbitrary<String> references() {
        Arbitrary<String> relative = paths().map(path -> path.matches("/.*|[^/]*:.*") ? "./" + path : path);
        Arbitrary<String> absolute = paths().map(path -> path.startsWith("/") ? "/." + path : "/" + path);
        Arbitrary<String> onOtherHost = Combinators.combine(Arbitraries.of("HTTP", ""), origins(), paths())
                .as((scheme, origin, path) ->
                        (scheme.isEmpty() ? origin.replaceFirst("^s?:", "") : scheme + origin) + afterHost(path));
        return Combinators.combine(Arbitraries.oneOf(relative, absolute, onOtherHost), rests())
                .as((start, rest) -> start + rest)
                .filter(reference -> !reference.isEmpty());
    }

    /** The start of a URI, after {@code http}. */
    private static Arbitrary<String> origins() {
        return Combinators.combine(
                        Arbitraries.of("://", "s://"),
                        Arbitraries.of("h", "H.Example.", "a_b", "127.0.0.1", "[2001:DB8::1]"),
                        Arbitraries.of("", "", ":", ":80", ":443", ":8080"))
                .as((scheme, host, port) -> scheme + host + port);
    }

    private static Arbitrary<String> paths() {
        return Arbitraries.of("", ".", "..", "...", ".a", "a", "b;x=1", "%2e%2E", "c:d@e", ":", "\u00c3\u00a9", "|")
                .list()
                .ofMaxSize(6)
                .map(segments -> String.join("/", segments));
    }

    private static String afterHost(String path) {
        return path.isEmpty() ? "" : "/" + path;
    }

    /** Queries and fragments. */
    private static Arbitrary<String> rests() {
        return Arbitraries.of("", "", "?", "?a=b", "?/../x:y?", "#", "#f", "?q#f", "#/../?#", "?\u00e9[0]#{\u00ff}");
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.strings().alpha().numeric().withChars("/?#:@.").ofMaxLength(5);
    }

    /** Texts of pieces that affect how a reference is parsed. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                        "http", "ftp", ":", "/", "/", "//", "?", "#", "@", ".", "..", "a", "h:80", "[", "]", "::1", "%",
                        "%41", "\\", " ", "\t", "\r\n", "\0", "\u007f", "\u0085", "\u00e9", "\u0100", "\ud83d",
                        "\ude00")
                .list()
                .ofMaxSize(8)
                .map(pieces -> String.join("", pieces));
    }
}

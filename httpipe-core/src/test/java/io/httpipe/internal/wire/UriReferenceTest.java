package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A reference in a response is resolved by RFC 3986, section 5, and refused if it could be read in two ways. */
class UriReferenceTest {
    private static final ParsedUri BASE = UriParser.parse("http://a/b/c/d;p?q");

    /** RFC 3986, section 5.4.1, without the empty reference and the reference of another scheme. */
    @ParameterizedTest
    @CsvSource({
        "g,       http://a/b/c/g",
        "./g,     http://a/b/c/g",
        "g/,      http://a/b/c/g/",
        "/g,      http://a/g",
        "//g,     http://g/",
        "?y,      http://a/b/c/d;p?y",
        "g?y,     http://a/b/c/g?y",
        "#s,      http://a/b/c/d;p?q#s",
        "g#s,     http://a/b/c/g#s",
        "g?y#s,   http://a/b/c/g?y#s",
        ";x,      http://a/b/c/;x",
        "g;x,     http://a/b/c/g;x",
        "g;x?y#s, http://a/b/c/g;x?y#s",
        ".,       http://a/b/c/",
        "./,      http://a/b/c/",
        "..,      http://a/b/",
        "../,     http://a/b/",
        "../g,    http://a/b/g",
        "../..,   http://a/",
        "../../,  http://a/",
        "../../g, http://a/g"
    })
    void theNormalExamplesOfTheRfc(String reference, String expected) {
        assertEquals(expected, resolve(reference));
    }

    /** RFC 3986, section 5.4.2. */
    @ParameterizedTest
    @CsvSource({
        "../../../g,    http://a/g",
        "../../../../g, http://a/g",
        "/./g,          http://a/g",
        "/../g,         http://a/g",
        "g.,            http://a/b/c/g.",
        ".g,            http://a/b/c/.g",
        "g..,           http://a/b/c/g..",
        "..g,           http://a/b/c/..g",
        "./../g,        http://a/b/g",
        "./g/.,         http://a/b/c/g/",
        "g/./h,         http://a/b/c/g/h",
        "g/../h,        http://a/b/c/h",
        "g;x=1/./y,     http://a/b/c/g;x=1/y",
        "g;x=1/../y,    http://a/b/c/y",
        "g?y/./x,       http://a/b/c/g?y/./x",
        "g?y/../x,      http://a/b/c/g?y/../x",
        "g#s/./x,       http://a/b/c/g#s/./x",
        "g#s/../x,      http://a/b/c/g#s/../x"
    })
    void theAbnormalExamplesOfTheRfc(String reference, String expected) {
        assertEquals(expected, resolve(reference));
    }

    /** In section 5.4 {@code g:h} is absolute, and {@code http:g} is either malformed or relative. Here it is malformed. */
    @Test
    void theExamplesOfTheRfcThatAreRefused() {
        assertEquals("g", UriReference.scheme("g:h"));
        assertEquals("uri: \"g:h\": the scheme is neither http nor https", refusal("g:h"));
        assertEquals("uri: \"http:g\": the scheme is not followed by //", refusal("http:g"));
        assertEquals("uri: \"\": it is empty", refusal(""));
    }

    @ParameterizedTest
    @CsvSource({
        "http://h,                  http://h/",
        "https://h,                 https://h/",
        "HTTPS://H.Example:443/A,   https://h.example/A",
        "http://h:8080?q,           http://h:8080/?q",
        "http://[2001:DB8::1]:81/,  http://[2001:db8::1]:81/",
        "http://h:/,                http://h/",
        "http://h/./a/../b?c/../d,  http://h/b?c/../d",
        "http://h/..,               http://h/",
        "http://h/a?http://i/#j,    http://h/a?http://i/#j",
        "//h:81,                    http://h:81/",
        "//[::1]?q,                 http://[::1]/?q",
        "//h/../a,                  http://h/a"
    })
    void aReferenceWithAHostReplacesTheWholeUri(String reference, String expected) {
        assertEquals(expected, resolve(reference));
    }

    @Test
    void aReferenceWithoutASchemeHasThatOfTheBase() {
        ParsedUri base = UriParser.parse("https://a:8443/b/");
        assertEquals(new ParsedUri("https", "h", 443, "/x", null, null), UriReference.resolve(base, "//h/x"));
        assertEquals(new ParsedUri("https", "a", 8443, "/b/x", null, null), UriReference.resolve(base, "x"));
    }

    @ParameterizedTest
    @CsvSource({
        "/x/y:z,         http://a/x/y:z",
        "x/y:z,          http://a/b/c/x/y:z",
        "./y:z,          http://a/b/c/y:z",
        "?y:z,           http://a/b/c/d;p?y:z",
        "#y:z,           http://a/b/c/d;p?q#y:z",
        "?,              http://a/b/c/d;p?",
        "g?,             http://a/b/c/g?",
        "/login?u=http://h/@x, http://a/login?u=http://h/@x",
        "/a//b,          http://a/a//b",
        "g//../h,        http://a/b/c/g/h",
        "/a/b/../../../.., http://a/",
        "/...,           http://a/...",
        "/.a/..b,        http://a/.a/..b",
        "/.//h/x,        http://a//h/x",
        "/%2e%2E/%2f%C3, http://a/%2e%2E/%2f%C3",
        "g/%2e,          http://a/b/c/g/%2e"
    })
    void aReferenceWithoutAHostStaysOnTheHost(String reference, String expected) {
        assertEquals(expected, resolve(reference));
    }

    @Test
    void dotSegmentsOfTheBaseAreRemovedToo() {
        ParsedUri base = UriParser.parse("http://a/b/../c/./d?q");
        assertEquals("http://a/c/x", text(UriReference.resolve(base, "x")));
        assertEquals("http://a/c/d?y", text(UriReference.resolve(base, "?y")));
        assertEquals("http://a/c/d?q#f", text(UriReference.resolve(base, "#f")));
    }

    @Test
    void aBaseWithoutAPathHasASlash() {
        ParsedUri base = UriParser.parse("http://a?q");
        assertEquals("http://a/x", text(UriReference.resolve(base, "x")));
        assertEquals("http://a/?y", text(UriReference.resolve(base, "?y")));
    }

    @ParameterizedTest
    @CsvSource({
        "x,           http://a/b/x#base",
        "/x?y,        http://a/x?y#base",
        "?y,          http://a/b/c?y#base",
        "//h,         http://h/#base",
        "https://h/x, https://h/x#base",
        "x#,          http://a/b/x#",
        "x#own,       http://a/b/x#own",
        "#own,        http://a/b/c?q#own",
        "#,           http://a/b/c?q#",
        "//h#own,     http://h/#own",
        "http://h/x#, http://h/x#",
        "x#a#b?c,     http://a/b/x#a#b?c"
    })
    void aReferenceWithoutAFragmentInheritsThatOfTheBase(String reference, String expected) {
        assertEquals(expected, text(UriReference.resolve(UriParser.parse("http://a/b/c?q#base"), reference)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%s", "x/%s", "?%s", "#%s", "x?y=%s#%s", "//h/%s", "http://h/%s?%s#%s"})
    void bytesAboveAsciiArePercentEncodedOneByOne(String form) {
        assertEncoded(form, received("\u00e9\u4e2d"), "%C3%A9%E4%B8%AD");
        assertEncoded(form, "\u00e9", "%E9");
        assertEncoded(form, "\u0080\u0085\u00a0\u00ad\u00ff", "%80%85%A0%AD%FF");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%s", "x/%s", "?%s", "#%s", "x?y=%s#%s", "//h/%s", "http://h/%s?%s#%s"})
    void charactersThatAreNotDelimitersArePercentEncodedAndEscapesStay(String form) {
        assertEncoded(form, "\"<>[]^`{|}", "%22%3C%3E%5B%5D%5E%60%7B%7C%7D");
        assertEncoded(form, "%c3%A9%00-._~!$&'()*+,;=:@/", "%c3%A9%00-._~!$&'()*+,;=:@/");
    }

    private static void assertEncoded(String form, String given, String expected) {
        assertEquals(resolve(form.replace("%s", expected)), resolve(form.replace("%s", given)));
        assertTrue(resolve(form.replace("%s", given)).contains(expected));
    }

    /** Returns a text as the header parser decodes its UTF-8 bytes. */
    private static String received(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "http://h,     http",
                "HTTPS:x,      https",
                "ftp://h/,     ftp",
                "mailto:a@b,   mailto",
                "a+b-c.9:,     a+b-c.9",
                "localhost:80, localhost",
                "//h:80,       -",
                "/a:b,         -",
                "?a:b,         -",
                "#a:b,         -",
                "a/b:c,        -",
                "a?b:c,        -",
                "a#b:c,        -",
                "a,            -",
                "'',           -",
                ":,            -",
                ":a,           -",
                "1a:b,         -",
                "+a:b,         -",
                "a_b:c,        -",
                "a b:c,        -",
                "a%41:c,       -",
                "h\u00e9:c,    -",
                "\u017fa:c,    -"
            })
    void theSchemeEndsAtTheFirstColonOfAnAbsoluteReference(String reference, String scheme) {
        assertEquals(scheme, UriReference.scheme(reference));
    }

    @Test
    void aSchemeIsInLowerCaseInEveryLocale() {
        assertEquals("file", UriReference.scheme("FILE:///x"));
        assertNull(UriReference.scheme("F\u0130LE:///x"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://h/", "mailto:a@b", "javascript:alert(1)", "data:,x", "ws://h/", "httpss://h/", "h:80/"})
    void everyOtherSchemeIsRefused(String reference) {
        assertTrue(refusal(reference).endsWith("the scheme is neither http nor https"), refusal(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http:", "http:/", "https:/x", "http:x", "http:?q", "HTTP:#f", "http:\\\\h/", "http:/\\h/"})
    void aSchemeWithoutAHostIsRefused(String reference) {
        assertTrue(refusal(reference).endsWith("the scheme is not followed by //"), refusal(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {":", ":x", "://h/", "1http://h/", "a_b:c/d", "%41:x", "\u00e9:x", " http://h/", "[::1]/"})
    void aColonInTheFirstSegmentIsRefusedBecauseItEndsNoScheme(String reference) {
        assertTrue(refusal(reference).endsWith("the text before the first colon is not a scheme"), refusal(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://u:p@h/", "http://u@h", "//u@h/x", "//@h", "//h\\@evil.test/", "//[::1]@h/"})
    void userinfoIsRefused(String reference) {
        assertTrue(refusal(reference).endsWith("userinfo is not allowed"), refusal(reference));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//",
                "///",
                "///h/x",
                "//?q",
                "//#f",
                "//:80/",
                "http://",
                "http:///h",
                "https://?h",
                "//h\\x/",
                "//\\h/",
                "//h h/",
                "//h\t/",
                "//h\0/",
                "//%68/",
                "//b\u00fccher.example/",
                "//h\u00ad/",
                "//a..b/",
                "//<h>/",
                "//127.1/",
                "//0x7f.0.0.1/",
                "//[::1/",
                "//[1.2.3.4]/",
                "//[fe80::1%25eth0]/"
            })
    void aBadHostIsRefused(String reference) {
        assertTrue(refusal(reference).matches("uri: .*(bad host|is not a host name or address)"), refusal(reference));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"//h:0", "//h:65536/", "//h:x/", "//h:-1", "http://h:80 /", "http://h:8\u00b2/", "//[::1]:a"})
    void aBadPortIsRefused(String reference) {
        assertTrue(refusal(reference).endsWith("bad port"), refusal(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%sb", "a%sb", "?%s", "#%s", "/?x#y%s", "//h/%s", "http://h/a?b%s"})
    void aCharacterThatIsNeverPartOfAUriIsRefused(String form) {
        for (char c : " \t\r\n\0\u0001\u001f\u007f\\".toCharArray()) {
            String reference = form.replace("%s", String.valueOf(c));
            String why = "%s at index %d must be percent-encoded"
                    .formatted(Ascii.quote(String.valueOf(c)), form.indexOf("%s"));
            assertTrue(refusal(reference).endsWith(": " + why), refusal(reference));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "%zz", "%4g", "%%41", "% 41", "%4#1", "%\u00e9"})
    void aPercentSignThatStartsNoEscapeIsRefused(String bad) {
        assertEquals("uri: \"/a?...\": \"%\" at index 4 does not start an escape", refusal("/a?b" + bad));
        assertTrue(refusal("//h/" + bad).endsWith("\"%\" at index 4 does not start an escape"));
    }

    @ParameterizedTest
    @ValueSource(chars = {'\u0100', '\u4e2d', '\ud800', '\udc00', '\u0141', '\u2028'})
    void aCharacterThatIsNoByteIsRefused(char c) {
        String why = "%s at index 1 is not a byte".formatted(Ascii.quote(String.valueOf(c)));
        assertTrue(refusal("/" + c).endsWith(why), refusal("/" + c));
        refusal("//" + c + "/");
    }

    @ParameterizedTest
    @CsvSource({
        "http://user:secret@h/a,        http://...@h/a",
        "//user:secret@h/?secret,       //...@h/?...",
        "/a?token=secret b,             /a?...",
        "a#secret b,                    a#...",
        "//h/a?secret%,                 //h/a?...",
        "http://h:x/?secret#secret,     http://h:x/?...",
        "//h:x/a?secret,                http://h:x/a?...",
        "//user:sec?ret@h/ ,            //...?...",
        "mailto:secret@h,               ...@h"
    })
    void messagesShowNoSecrets(String reference, String shown) {
        String message = refusal(reference);
        assertTrue(message.contains(shown), message);
        assertTrue(!message.contains("secret") && !message.contains("ret@"), message);
    }

    @Test
    void resolvesAMillionSegments() {
        int count = 500_000;
        assertEquals(
                "http://a/" + "x".repeat(count),
                resolve("/" + "a/".repeat(count) + "../".repeat(count) + "x".repeat(count)));
        assertEquals("http://a/y", resolve("../".repeat(count) + "y"));
        assertEquals("http://a/b/c/" + "/".repeat(count), resolve("./" + "/".repeat(count)));
    }

    private static String resolve(String reference) {
        ParsedUri uri = UriReference.resolve(BASE, reference);
        String text = text(uri);
        assertEquals(uri, UriParser.parse(text), text);
        return text;
    }

    private static String text(ParsedUri uri) {
        return UriParser.origin(uri.scheme(), uri.host(), uri.port())
                + uri.path()
                + (uri.query() == null ? "" : "?" + uri.query())
                + (uri.fragment() == null ? "" : "#" + uri.fragment());
    }

    private static String refusal(String reference) {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> UriReference.resolve(BASE, reference), reference)
                .getMessage();
        assertTrue(message.startsWith("uri: "), message);
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
        return message;
    }
}

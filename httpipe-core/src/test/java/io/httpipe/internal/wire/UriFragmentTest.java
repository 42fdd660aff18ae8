package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fragment of a URI is a part of its own, which no request line contains. */
class UriFragmentTest {
    @ParameterizedTest
    @ValueSource(strings = {"http://h", "http://h/", "http://h/a?b", "http://h/%23?%23", "http://[::1]:81"})
    void aUriWithoutANumberSignHasNoFragment(String uri) {
        assertNull(UriParser.parse(uri).fragment());
        assertNull(UriParser.parseToSend(uri).fragment());
    }

    @ParameterizedTest
    @CsvSource({
        "http://h#f,         /,  ,      f",
        "http://h:81#f,      /,  ,      f",
        "http://h/#,         /,  ,      ''",
        "http://h/a#f,       /a, ,      f",
        "http://h/a?q#f,     /a, q,     f",
        "http://h/a?#f,      /a, '',    f",
        "http://h/a#f?x/y:z, /a, ,      f?x/y:z",
        "http://h/a#f#g,     /a, ,      f#g",
        "http://h/a#%2f%E4,  /a, ,      %2f%E4"
    })
    void theFragmentFollowsTheFirstNumberSign(String uri, String path, String query, String fragment) {
        ParsedUri parsed = UriParser.parse(uri);
        assertEquals(path, parsed.path());
        assertEquals(query, parsed.query());
        assertEquals(fragment, parsed.fragment());
        assertEquals(parsed, UriParser.parseToSend(uri));
    }

    @Test
    void theFragmentIsPercentEncodedLikeAQueryIfTheUriIsSent() {
        String uri = "http://h/a?b#\u00e4\u4e2d\ud83d\ude00\"<>[]^`{|}%5B";
        assertEquals(
                "\u00e4\u4e2d\ud83d\ude00\"<>[]^`{|}%5B", UriParser.parse(uri).fragment());
        ParsedUri sent = UriParser.parseToSend(uri);
        assertEquals("%C3%A4%E4%B8%AD%F0%9F%98%80%22%3C%3E%5B%5D%5E%60%7B%7C%7D%5B", sent.fragment());
        assertEquals("/a", sent.path());
        assertEquals("b", sent.query());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\nb", "a\\b", "a\u0085", "a\ud800", "%", "%4"})
    void theFragmentIsCheckedLikeAQuery(String fragment) {
        assertThrows(IllegalArgumentException.class, () -> UriParser.parse("http://h/#" + fragment));
        assertThrows(IllegalArgumentException.class, () -> UriParser.parseToSend("http://h/#" + fragment));
    }

    @Test
    void aTargetHasNoFragment() {
        assertEquals("/a?b", UriParser.target("/a?b#f", 0, true));
        assertEquals("/", UriParser.target("#\u00e4", 0, true));
    }

    @Test
    void anOriginHasNoFragmentNotEvenAnEmptyOne() {
        assertEquals(new Origin(true, "h", 443), Origin.parse("origin", "https://h/"));
        assertThrows(IllegalArgumentException.class, () -> Origin.parse("origin", "https://h/#"));
    }
}

package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of request targets, and percent-encoding of query pairs, segments and whole targets. */
class RequestTargetTest {
    @Test
    void encodesLikeLuaRestyHttpipe() {
        assertEquals("k%20e%26y", RequestTarget.encodeComponent("k e&y"));
        assertEquals("v%20a%3Dl%2F%C3%BC%3F%2B*'()!~", RequestTarget.encodeComponent("v a=l/\u00fc?+*'()!~"));
    }

    @Test
    void doesNotEncodeLettersDigitsAndUnreservedMarks() {
        String unencoded = "ABCXYZabcxyz0123456789-._~!'()*";
        assertEquals(unencoded, RequestTarget.encodeComponent(unencoded));
    }

    @Test
    void encodesEveryOtherAsciiCharacterInUpperCaseHex() {
        String unencoded = "-._~!'()*";
        for (char c = 0; c < 128; c++) {
            boolean allowed = Character.isLetterOrDigit(c) || unencoded.indexOf(c) >= 0;
            assertEquals(allowed ? "" + c : "%%%02X".formatted((int) c), RequestTarget.encodeComponent("" + c));
        }
    }

    @Test
    void encodesEachByteOfUtf8() {
        assertEquals("%E4%B8%AD%E6%96%87", RequestTarget.encodeComponent("\u4e2d\u6587"));
        assertEquals("%F0%9F%98%80", RequestTarget.encodeComponent("\ud83d\ude00"));
        assertEquals("%C2%80", RequestTarget.encodeComponent("\u0080"));
    }

    @Test
    void encodesControlCharactersAndPercentSigns() {
        assertEquals("%0D%0AX%3A%20y%00%25", RequestTarget.encodeComponent("\r\nX: y\0%"));
        assertEquals("%2525", RequestTarget.encodeComponent("%25"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "//", "/a/b;c=d,e/@:!$&'()*+~_-.", "/%00%7f%C3%bc", "?a=b&c=/?:@", "/..//./", "#"})
    void leavesValidTargetsUnchanged(String text) {
        assertEquals(RequestTarget.PLAIN, RequestTarget.scan(text, 0));
        assertEquals(text, RequestTarget.encodeIllegal(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"", "<", ">", "[", "]", "^", "`", "{", "|", "}", "\u00a0", "\u4e2d", "\ud83d\ude00", "\uffff"})
    void encodesIllegalCharactersThatAreNotDelimiters(String given) {
        String text = "/a" + given + "%5b?";
        assertEquals(RequestTarget.TO_ENCODE, RequestTarget.scan(text, 0));
        assertEquals("/a" + RequestTarget.encodeComponent(given) + "%5b?", RequestTarget.encodeIllegal(text));
        assertEquals(RequestTarget.PLAIN, RequestTarget.scan(RequestTarget.encodeIllegal(text), 0));
        assertEquals(RequestTarget.PLAIN, RequestTarget.scan(text, 2 + given.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\r", "\n", "\t", "\0", "\u007f", "\u0080", "\u0085", "\u009f", "\\"})
    void findsTheFirstCharacterThatIsRefused(String bad) {
        assertEquals(2, RequestTarget.scan("/a" + bad + "b", 0));
        assertEquals(3, RequestTarget.scan("/\u00e4[" + bad + bad + "%", 2));
        assertEquals(bad.equals("\\") ? -1 : 2, RequestTarget.indexOfUnsendable("/a" + bad + "b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "%4g", "%g4", "%%41", "% 41", "%-1", "%+1", "%\u0661\u0661", "%a"})
    void refusesAPercentSignThatDoesNotStartAnEscape(String bad) {
        assertEquals(4, RequestTarget.scan("?%41" + bad, 0));
    }

    /** The JDK would encode an unpaired surrogate as a question mark. */
    @ParameterizedTest
    @ValueSource(strings = {"/a%sb", "/a%s", "/a%s%s"})
    void refusesAnUnpairedSurrogate(String path) {
        for (char surrogate : new char[] {'\ud800', '\udbff', '\udc00', '\udfff'}) {
            String bad = path.replace("%s", String.valueOf(surrogate));
            assertEquals(2, RequestTarget.scan(bad, 0));
            assertEquals(2, RequestTarget.indexOfUnsendable(bad));
        }
        assertEquals(1, RequestTarget.scan("/\ude00\ud83d", 0));
        assertEquals(1, RequestTarget.indexOfUnsendable("/\ude00\ud83d"));
    }

    @Test
    void encodesAsciiCharactersThatASegmentMustNotContain() {
        String unencoded = "-._~!$&'()*+,=:@";
        for (char c = 0; c < 128; c++) {
            boolean allowed = Character.isLetterOrDigit(c) || unencoded.indexOf(c) >= 0;
            assertEquals(allowed ? "" + c : "%%%02X".formatted((int) c), RequestTarget.encodeSegment("" + c));
        }
        assertEquals("%E4%B8%AD", RequestTarget.encodeSegment("\u4e2d"));
    }
}

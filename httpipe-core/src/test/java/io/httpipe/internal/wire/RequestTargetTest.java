package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may stand in a request target, and how query pairs, segments and the rest are percent-encoded. */
class RequestTargetTest {
    @Test
    void encodesJustAsTheOriginalDid() {
        assertEquals("k%20e%26y", RequestTarget.encode("k e&y"));
        assertEquals("v%20a%3Dl%2F%C3%BC%3F%2B*'()!~", RequestTarget.encode("v a=l/\u00fc?+*'()!~"));
    }

    @Test
    void leavesLettersDigitsAndUnreservedMarksAlone() {
        String plain = "ABCXYZabcxyz0123456789-._~!'()*";
        assertEquals(plain, RequestTarget.encode(plain));
    }

    @Test
    void encodesEveryOtherAsciiCharacterInUpperCaseHex() {
        String plain = "-._~!'()*";
        for (char c = 0; c < 128; c++) {
            boolean kept = Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0;
            assertEquals(kept ? "" + c : "%%%02X".formatted((int) c), RequestTarget.encode("" + c));
        }
    }

    @Test
    void encodesEachOctetOfUtf8() {
        assertEquals("%E4%B8%AD%E6%96%87", RequestTarget.encode("\u4e2d\u6587"));
        assertEquals("%F0%9F%98%80", RequestTarget.encode("\ud83d\ude00"));
        assertEquals("%C2%80", RequestTarget.encode("\u0080"));
    }

    @Test
    void encodesControlCharactersAndPercentSigns() {
        assertEquals("%0D%0AX%3A%20y%00%25", RequestTarget.encode("\r\nX: y\0%"));
        assertEquals("%2525", RequestTarget.encode("%25"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "//", "/a/b;c=d,e/@:!$&'()*+~_-.", "/%00%7f%C3%bc", "?a=b&c=/?:@", "/..//./", "#"})
    void letsTargetsStandAsTheyAre(String text) {
        assertEquals(RequestTarget.PLAIN, RequestTarget.scan(text, 0));
        assertEquals(text, RequestTarget.encodeIllegal(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"", "<", ">", "[", "]", "^", "`", "{", "|", "}", "\u00a0", "\u4e2d", "\ud83d\ude00", "\uffff"})
    void hasOneEncodingForWhatIsNeitherAllowedNorADelimiter(String given) {
        String text = "/a" + given + "%5b?";
        assertEquals(RequestTarget.TO_ENCODE, RequestTarget.scan(text, 0));
        assertEquals("/a" + RequestTarget.encode(given) + "%5b?", RequestTarget.encodeIllegal(text));
        assertEquals(RequestTarget.PLAIN, RequestTarget.scan(RequestTarget.encodeIllegal(text), 0));
        assertEquals(RequestTarget.PLAIN, RequestTarget.scan(text, 2 + given.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\r", "\n", "\t", "\0", "\u007f", "\u0080", "\u0085", "\u009f", "\\"})
    void findsTheFirstCharacterThatIsRefused(String bad) {
        assertEquals(2, RequestTarget.scan("/a" + bad + "b", 0));
        assertEquals(3, RequestTarget.scan("/\u00e4[" + bad + bad + "%", 2));
        assertEquals(bad.equals("\\") ? -1 : 2, RequestTarget.unsendable("/a" + bad + "b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "%4g", "%g4", "%%41", "% 41", "%-1", "%+1", "%\u0661\u0661", "%a"})
    void refusesAPercentSignThatStartsNoEscape(String bad) {
        assertEquals(4, RequestTarget.scan("?%41" + bad, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%sb", "/a%s", "/a%s%s"})
    void refusesHalfASurrogatePairSinceItWouldGoOutAsAQuestionMark(String path) {
        for (char half : new char[] {'\ud800', '\udbff', '\udc00', '\udfff'}) {
            String bad = path.replace("%s", String.valueOf(half));
            assertEquals(2, RequestTarget.scan(bad, 0));
            assertEquals(2, RequestTarget.unsendable(bad));
        }
        assertEquals(1, RequestTarget.scan("/\ude00\ud83d", 0));
        assertEquals(1, RequestTarget.unsendable("/\ude00\ud83d"));
    }

    @Test
    void encodesEveryOtherAsciiCharacterOfASegment() {
        String plain = "-._~!$&'()*+,=:@";
        for (char c = 0; c < 128; c++) {
            boolean kept = Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0;
            assertEquals(kept ? "" + c : "%%%02X".formatted((int) c), RequestTarget.encodeSegment("" + c));
        }
        assertEquals("%E4%B8%AD", RequestTarget.encodeSegment("\u4e2d"));
    }
}

package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may stand in a request target, and how query pairs, segments and the rest are percent-encoded. */
class TargetTest {
    @Test
    void encodesJustAsTheOriginalDid() {
        assertEquals("k%20e%26y", Target.encode("k e&y"));
        assertEquals("v%20a%3Dl%2F%C3%BC%3F%2B*'()!~", Target.encode("v a=l/\u00fc?+*'()!~"));
    }

    @Test
    void leavesLettersDigitsAndUnreservedMarksAlone() {
        String plain = "ABCXYZabcxyz0123456789-._~!'()*";
        assertEquals(plain, Target.encode(plain));
    }

    @Test
    void encodesEveryOtherAsciiCharacterInUpperCaseHex() {
        String plain = "-._~!'()*";
        for (char c = 0; c < 128; c++) {
            boolean kept = Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0;
            assertEquals(kept ? "" + c : "%%%02X".formatted((int) c), Target.encode("" + c));
        }
    }

    @Test
    void encodesEachOctetOfUtf8() {
        assertEquals("%E4%B8%AD%E6%96%87", Target.encode("\u4e2d\u6587"));
        assertEquals("%F0%9F%98%80", Target.encode("\ud83d\ude00"));
        assertEquals("%C2%80", Target.encode("\u0080"));
    }

    @Test
    void encodesControlCharactersAndPercentSigns() {
        assertEquals("%0D%0AX%3A%20y%00%25", Target.encode("\r\nX: y\0%"));
        assertEquals("%2525", Target.encode("%25"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "//", "/a/b;c=d,e/@:!$&'()*+~_-.", "/%00%7f%C3%bc", "?a=b&c=/?:@", "/..//./", "#"})
    void letsTargetsStandAsTheyAre(String text) {
        assertEquals(Target.PLAIN, Target.scan(text, 0));
        assertEquals(text, Target.encodeIllegal(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"", "<", ">", "[", "]", "^", "`", "{", "|", "}", "\u00a0", "\u4e2d", "\ud83d\ude00", "\uffff"})
    void hasOneEncodingForWhatIsNeitherAllowedNorADelimiter(String given) {
        String text = "/a" + given + "%5b?";
        assertEquals(Target.TO_ENCODE, Target.scan(text, 0));
        assertEquals("/a" + Target.encode(given) + "%5b?", Target.encodeIllegal(text));
        assertEquals(Target.PLAIN, Target.scan(Target.encodeIllegal(text), 0));
        assertEquals(Target.PLAIN, Target.scan(text, 2 + given.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\r", "\n", "\t", "\0", "\u007f", "\u0080", "\u0085", "\u009f", "\\"})
    void findsTheFirstCharacterThatIsRefused(String bad) {
        assertEquals(2, Target.scan("/a" + bad + "b", 0));
        assertEquals(3, Target.scan("/\u00e4[" + bad + bad + "%", 2));
        assertEquals(bad.equals("\\") ? -1 : 2, Target.unsendable("/a" + bad + "b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "%4g", "%g4", "%%41", "% 41", "%-1", "%+1", "%\u0661\u0661", "%a"})
    void refusesAPercentSignThatStartsNoEscape(String bad) {
        assertEquals(4, Target.scan("?%41" + bad, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%sb", "/a%s", "/a%s%s"})
    void refusesHalfASurrogatePairSinceItWouldGoOutAsAQuestionMark(String path) {
        for (char half : new char[] {'\ud800', '\udbff', '\udc00', '\udfff'}) {
            String bad = path.replace("%s", String.valueOf(half));
            assertEquals(2, Target.scan(bad, 0));
            assertEquals(2, Target.unsendable(bad));
        }
        assertEquals(1, Target.scan("/\ude00\ud83d", 0));
        assertEquals(1, Target.unsendable("/\ude00\ud83d"));
    }

    @Test
    void encodesEveryOtherAsciiCharacterOfASegment() {
        String plain = "-._~!$&'()*+,=:@";
        for (char c = 0; c < 128; c++) {
            boolean kept = Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0;
            assertEquals(kept ? "" + c : "%%%02X".formatted((int) c), Target.encodeSegment("" + c));
        }
        assertEquals("%E4%B8%AD", Target.encodeSegment("\u4e2d"));
    }
}

package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may stand in a request target, and how query pairs are percent-encoded. */
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
    @ValueSource(
            strings = {
                "",
                "/",
                "//",
                "/a/b;c=d,e/@:!$&'()*+~_-.",
                "/%00%7f%C3%bc",
                "?a=b&c=/?:@",
                "/\u4e2d\u6587/\ud83d\ude00",
                "/..//./",
                "/[x]"
            })
    void letsTargetsStandAsTheyAre(String text) {
        assertDoesNotThrow(() -> Target.check("path", text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ", "\r", "\n", "\t", "\0", "\u007f", "\u0080", "\u0085", "\u009f", "#", "\\", "\"", "<", ">", "^",
                "`", "{", "|", "}"
            })
    void refusesWhatMustBePercentEncodedAndSaysWhere(String bad) {
        String message = assertThrows(IllegalArgumentException.class, () -> Target.check("path", "/a" + bad + "b"))
                .getMessage();
        assertTrue(message.startsWith("path: "), message);
        assertTrue(message.contains("index 2"), message);
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "%4g", "%g4", "%%41", "% 41", "%-1", "%+1", "%\u0661\u0661", "a%"})
    void refusesAPercentSignThatStartsNoEscape(String bad) {
        String message = assertThrows(IllegalArgumentException.class, () -> Target.check("query", bad))
                .getMessage();
        assertTrue(message.startsWith("query: "), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%sb", "/%s", "/%s%s"})
    void refusesHalfASurrogatePairLestItGoOutAsAQuestionMark(String path) {
        for (char half : new char[] {'\ud800', '\udbff', '\udc00', '\udfff'}) {
            String bad = path.replace("%s", String.valueOf(half));
            assertThrows(IllegalArgumentException.class, () -> Target.check("path", bad));
        }
        assertThrows(IllegalArgumentException.class, () -> Target.check("path", "/\ude00\ud83d"));
    }
}

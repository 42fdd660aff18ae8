package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text for what takes strings: any character, out of octets that can be read. */
final class Text {
    private static final Pattern CODE = Pattern.compile("\\^([0-9a-f]{4})");
    private static final Pattern ONE_LINE = Pattern.compile("[\\x20-\\x7e]*");

    private Text() {}

    /** The octets as UTF-8, with {@code ^d800} for the character of that number. */
    static String of(byte[] octets) {
        String text = new String(octets, StandardCharsets.UTF_8);
        return CODE.matcher(text)
                .replaceAll((MatchResult code) ->
                        Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(code.group(1), 16))));
    }

    /** What is said of bad input must not carry it into the lines of a log. */
    static void assertOneLine(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        assertTrue(ONE_LINE.matcher(message).matches(), message);
    }
}

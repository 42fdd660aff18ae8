package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decodes the input of fuzz targets that need text. */
final class TextInput {
    private static final Pattern CODE = Pattern.compile("\\^([0-9a-f]{4})");
    private static final Pattern ONE_LINE = Pattern.compile("[\\x20-\\x7e]*");

    private TextInput() {}

    /** Decodes the bytes as UTF-8 and replaces codes such as {@code ^d800} by the UTF-16 unit of that number. */
    static String decode(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return CODE.matcher(text)
                .replaceAll((MatchResult code) ->
                        Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(code.group(1), 16))));
    }

    /** Checks that the message is one line of printable ASCII, so that bad input cannot add lines to a log. */
    static void assertOneLineMessage(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        assertTrue(ONE_LINE.matcher(message).matches(), message);
    }
}

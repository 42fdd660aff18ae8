package io.httpipe.test.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Converts HTTP messages between bytes and text, and quotes text for error messages. */
final class Text {
    private Text() {}

    static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Parses a number of 1 to 15 digits without a sign. */
    static long number(String digits, int radix) throws IOException {
        if (digits.length() > 15 || !digits.matches(radix == 16 ? "[0-9A-Fa-f]+" : "[0-9]+")) {
            throw new IOException("not a number: \"" + quote(digits) + '"');
        }
        return Long.parseLong(digits, radix);
    }

    /** {@return the first 200 characters of the text, with escapes for all but visible ASCII characters and spaces} */
    static String quote(String text) {
        String start = text.length() > 200 ? text.substring(0, 200) : text;
        StringBuilder quoted = new StringBuilder();
        start.chars().forEach(c -> escape(quoted, (char) c));
        return start.length() < text.length() ? quoted + "..." : quoted.toString();
    }

    /** Appends a character. A control character or non-ASCII character becomes an escape. */
    static void escape(StringBuilder out, char c) {
        switch (c) {
            case '\r' -> out.append("\\r");
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < ' ' || c > '~') {
                    out.append("\\x")
                            .append(Character.forDigit(c >> 4 & 15, 16))
                            .append(Character.forDigit(c & 15, 16));
                } else {
                    out.append(c);
                }
            }
        }
    }
}

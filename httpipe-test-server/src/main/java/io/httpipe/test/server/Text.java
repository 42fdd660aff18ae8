package io.httpipe.test.server;

import java.nio.charset.StandardCharsets;

/** Bytes and text of messages. */
final class Text {
    private Text() {}

    static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** {@return the text with control characters as escapes, at most 200 characters of it} */
    static String quote(String text) {
        String start = text.length() > 200 ? text.substring(0, 200) : text;
        StringBuilder quoted = new StringBuilder();
        start.chars().forEach(c -> escape(quoted, (char) c));
        return start.length() < text.length() ? quoted + "..." : quoted.toString();
    }

    /** Appends a character. Control characters and those beyond ASCII become escapes. */
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

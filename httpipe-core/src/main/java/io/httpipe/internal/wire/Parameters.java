package io.httpipe.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * Finds {@code name=value} parameters in a field value (RFC 9110, section 5.6.6), and quotes values. A value may be a
 * quoted string, which may contain separators. Spaces around the equals sign are allowed.
 */
public final class Parameters {
    private Parameters() {}

    /**
     * Returns the value of the first parameter with this name, ignoring case, or null if there is none.
     *
     * @param separator the character between parameters: a semicolon, or a comma if each parameter is a list member
     */
    public static @Nullable String find(String text, char separator, String name) {
        int from = 0;
        while (from < text.length()) {
            int end = parameterEnd(text, from, separator);
            int equals = text.indexOf('=', from, end);
            if (equals >= 0 && text.substring(from, equals).strip().equalsIgnoreCase(name)) {
                return unquote(text.substring(equals + 1, end).strip());
            }
            from = end + 1;
        }
        return null;
    }

    /** Returns a text as a quoted string (RFC 9110, section 5.6.4). The text must not contain control characters. */
    public static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The index of the next separator outside quotes, or the length of the text. */
    private static int parameterEnd(String text, int from, char separator) {
        boolean quoted = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                i++;
            } else if (c == separator && !quoted) {
                return i;
            }
        }
        return text.length();
    }

    private static String unquote(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        StringBuilder unquoted = new StringBuilder(value.length());
        for (int i = 1; i < value.length() && value.charAt(i) != '"'; i++) {
            if (value.charAt(i) == '\\' && i + 1 < value.length()) {
                i++;
            }
            unquoted.append(value.charAt(i));
        }
        return unquoted.toString();
    }
}

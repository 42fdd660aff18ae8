package io.httpipe.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * Finds {@code name=value} in a field value (RFC 9110, section 5.6.6), where the value may be a quoted string, whose
 * separators separate nothing. Blanks around the equals sign are let pass.
 */
public final class Parameters {
    private Parameters() {}

    /**
     * The value of the first parameter with this name, in any case, or null if there is none.
     *
     * @param separator what stands between parameters: a semicolon, or a comma where each is a list's member
     */
    public static @Nullable String find(String text, char separator, String name) {
        int from = 0;
        while (from < text.length()) {
            int end = end(text, from, separator);
            int equals = text.indexOf('=', from, end);
            if (equals >= 0 && text.substring(from, equals).strip().equalsIgnoreCase(name)) {
                return unquoted(text.substring(equals + 1, end).strip());
            }
            from = end + 1;
        }
        return null;
    }

    /** Where the next separator stands that is not within quotes. */
    private static int end(String text, int from, char separator) {
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

    private static String unquoted(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        StringBuilder plain = new StringBuilder(value.length());
        for (int i = 1; i < value.length() && value.charAt(i) != '"'; i++) {
            if (value.charAt(i) == '\\' && i + 1 < value.length()) {
                i++;
            }
            plain.append(value.charAt(i));
        }
        return plain.toString();
    }
}

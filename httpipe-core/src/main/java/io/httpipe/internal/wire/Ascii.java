package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;

/** The character classes of RFC 9110, section 5.6, and RFC 3986, looked up in one table. */
public final class Ascii {
    private static final byte TOKEN = 1;
    private static final byte FIELD_VALUE = 2;
    private static final byte URI = 4;
    private static final byte TO_ENCODE = 8;

    /** One row an octet: the classes that it belongs to. */
    private static final byte[] CLASSES = new byte[256];

    static {
        mark("!#$%&'*+-.^_`|~", TOKEN);
        mark("-._~:/?@!$&'()*+,;=%", URI);
        mark("\"<>[]^`{|}", TO_ENCODE);
        for (char c = 0; c < 128; c++) {
            if (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
                CLASSES[c] |= TOKEN | URI;
            }
        }
        CLASSES['\t'] |= FIELD_VALUE;
        for (int c = 0x20; c < 256; c++) {
            if (c != 0x7f) {
                CLASSES[c] |= FIELD_VALUE;
            }
        }
    }

    private Ascii() {}

    private static void mark(String chars, byte as) {
        for (int i = 0; i < chars.length(); i++) {
            CLASSES[chars.charAt(i)] |= as;
        }
    }

    /** Whether this octet may stand in a {@code token} (RFC 9110, section 5.6.2). */
    static boolean isToken(int octet) {
        return (CLASSES[octet & 0xff] & TOKEN) != 0;
    }

    /** Whether this octet may stand in a field value or reason phrase: visible, blank, tab or obs-text. */
    static boolean isFieldValue(int octet) {
        return (CLASSES[octet & 0xff] & FIELD_VALUE) != 0;
    }

    /** Whether this character may stand in a path or a query as it is (RFC 3986, sections 3.3 and 3.4). */
    static boolean isUri(char c) {
        return c < 128 && (CLASSES[c] & URI) != 0;
    }

    /** Whether this character may stand in a path or a query only percent-encoded, and is no delimiter to anybody. */
    static boolean isToBeEncoded(char c) {
        return c < 128 ? (CLASSES[c] & TO_ENCODE) != 0 : !Character.isISOControl(c);
    }

    static boolean isDigit(int octet) {
        return octet >= '0' && octet <= '9';
    }

    static boolean isBlank(int octet) {
        return octet == ' ' || octet == '\t';
    }

    /** The number that these octets are: digits alone, no sign and no blanks, up to 2^63-1; else -1. */
    static long decimal(byte[] octets, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = octets[i] - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return from == to ? -1 : value;
    }

    /** The same of a string. */
    static long decimal(String text) {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        return decimal(octets, 0, octets.length);
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hexDigit(int octet) {
        if (isDigit(octet)) {
            return octet - '0';
        }
        int lower = octet | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    static int lower(int octet) {
        return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
    }

    /** Whether the whole string is a non-empty token. */
    public static boolean isToken(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) > 127 || !isToken(s.charAt(i))) {
                return false;
            }
        }
        return !s.isEmpty();
    }

    /** The index of the first character that may not stand in a field value, or -1. */
    public static int badFieldValue(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) > 255 || !isFieldValue(s.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    /** A copy of these octets fit for a message to people: printable, short, in quotes. */
    static String excerpt(byte[] bytes, int from, int to) {
        return quote(
                new String(bytes, from, Math.min(to, from + 60) - from, StandardCharsets.ISO_8859_1), to - from > 60);
    }

    /** The same for text that the caller gave: what is not printable ASCII is escaped, so that logs stay one line. */
    public static String quote(String s) {
        return quote(s.length() > 60 ? s.substring(0, 60) : s, s.length() > 60);
    }

    private static String quote(String s, boolean cut) {
        StringBuilder out = new StringBuilder(s.length() + 8).append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '"', '\\' -> out.append('\\').append(c);
                default -> {
                    if (c >= 0x20 && c < 0x7f) {
                        out.append(c);
                    } else {
                        out.append("\\u%04x".formatted((int) c));
                    }
                }
            }
        }
        return out.append(cut ? "\"..." : "\"").toString();
    }
}

package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;

/** Classifies bytes and characters by RFC 9110, section 5.6, and RFC 3986, and quotes them for error messages. */
public final class Ascii {
    private static final byte TOKEN = 1;
    private static final byte FIELD_VALUE = 2;
    private static final byte URI = 4;
    private static final byte NEEDS_ENCODING = 8;

    /** Error messages quote at most this many characters. */
    private static final int EXCERPT_LENGTH = 60;

    /** The classes of each byte value, as a bit set. */
    private static final byte[] CLASSES = new byte[256];

    static {
        addClass("!#$%&'*+-.^_`|~", TOKEN);
        addClass("-._~:/?@!$&'()*+,;=%", URI);
        addClass("\"<>[]^`{|}", NEEDS_ENCODING);
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

    private static void addClass(String chars, byte charClass) {
        for (int i = 0; i < chars.length(); i++) {
            CLASSES[chars.charAt(i)] |= charClass;
        }
    }

    /** Whether a {@code token} may contain this byte (RFC 9110, section 5.6.2). */
    static boolean isToken(int b) {
        return (CLASSES[b & 0xff] & TOKEN) != 0;
    }

    /** Whether a field value or a reason phrase may contain this byte: visible, space, tab or obs-text. */
    static boolean isFieldValue(int b) {
        return (CLASSES[b & 0xff] & FIELD_VALUE) != 0;
    }

    /** Whether a path or a query may contain this character unencoded (RFC 3986, sections 3.3 and 3.4). */
    static boolean isUri(char c) {
        return c < 128 && (CLASSES[c] & URI) != 0;
    }

    /**
     * Whether a path or a query may contain this character only percent-encoded, and no parser treats it as a
     * delimiter. Some parsers treat a space, a backslash or {@code #} as a delimiter, so the result for these is false.
     */
    static boolean needsEncoding(char c) {
        return c < 128 ? (CLASSES[c] & NEEDS_ENCODING) != 0 : !Character.isISOControl(c);
    }

    static boolean isDigit(int b) {
        return b >= '0' && b <= '9';
    }

    static boolean isSpaceOrTab(int b) {
        return b == ' ' || b == '\t';
    }

    /** Parses decimal digits without a sign or spaces. Returns -1 for anything else, and for more than 2^63-1. */
    static long parseDecimal(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return from == to ? -1 : value;
    }

    /** Parses a string like {@link #parseDecimal(byte[], int, int)}. */
    static long parseDecimal(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return parseDecimal(bytes, 0, bytes.length);
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hexDigit(int b) {
        if (isDigit(b)) {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    static int toLowerCase(int b) {
        return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
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

    /** The index of the first character that a field value must not contain, or -1. */
    public static int indexOfBadFieldValue(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) > 255 || !isFieldValue(s.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    /** Quotes these bytes like {@link #quote}. */
    static String excerpt(byte[] bytes, int from, int to) {
        boolean cut = to - from > EXCERPT_LENGTH;
        int length = cut ? EXCERPT_LENGTH : to - from;
        return quote(new String(bytes, from, length, StandardCharsets.ISO_8859_1), cut);
    }

    /**
     * Quotes a text for an error message. Only the first 60 characters are kept, and all but printable ASCII is
     * escaped, so the text cannot add lines to a log.
     */
    public static String quote(String s) {
        boolean cut = s.length() > EXCERPT_LENGTH;
        return quote(cut ? s.substring(0, EXCERPT_LENGTH) : s, cut);
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

package io.httpipe.internal.wire;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Checks and percent-encodes the text of request targets. */
public final class RequestTarget {
    /** The result of {@link #scan} for a text that can be sent unchanged. */
    public static final int PLAIN = -1;

    /** The result of {@link #scan} for a text that {@link #encodeIllegal} must encode first. */
    public static final int TO_ENCODE = -2;

    /** The characters that {@code encodeURIComponent} does not encode, other than letters and digits. */
    private static final String COMPONENT_MARKS = "-._~!'()*";

    /**
     * The characters other than letters and digits that a segment may contain (RFC 3986, section 3.3), without the
     * semicolon. Some servers cut a segment at a semicolon and would read {@code ..;x} as two dots.
     */
    private static final String SEGMENT_MARKS = "-._~!$&'()*+,=:@";

    private RequestTarget() {}

    /**
     * Checks a path, a query, or both. It refuses spaces, control characters, backslashes, unpaired surrogates, and
     * percent signs that do not start an escape. It accepts {@code #}, which the caller must check.
     *
     * @param from the index of the first character to check
     * @return the index of the first character that is refused; otherwise {@link #PLAIN} or {@link #TO_ENCODE}
     */
    public static int scan(String text, int from) {
        int result = PLAIN;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                if (!startsEscape(text, i)) {
                    return i;
                }
            } else if (Character.isSurrogate(c)) {
                if (!startsSurrogatePair(text, i)) {
                    return i;
                }
                i++;
                result = TO_ENCODE;
            } else if (!Ascii.isUri(c) && c != '#') {
                if (!Ascii.needsEncoding(c)) {
                    return i;
                }
                result = TO_ENCODE;
            }
        }
        return result;
    }

    /**
     * Finds the first character that no request line can contain unencoded: a space, a control character or an unpaired
     * surrogate. Returns its index, or -1 if there is none.
     */
    public static int indexOfUnsendable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = startsSurrogatePair(text, i);
            if (c == ' ' || Character.isISOControl(c) || Character.isSurrogate(c) && !pair) {
                return i;
            }
            i += pair ? 1 : 0;
        }
        return -1;
    }

    /** Whether two hexadecimal digits follow the percent sign at this index. */
    static boolean startsEscape(String text, int at) {
        return at + 2 < text.length()
                && Ascii.hexDigit(text.charAt(at + 1)) >= 0
                && Ascii.hexDigit(text.charAt(at + 2)) >= 0;
    }

    /**
     * Whether a high and a low surrogate are at this index. An unpaired surrogate has no UTF-8 form. The JDK's encoder
     * would write a question mark for it, and that would start a query.
     */
    private static boolean startsSurrogatePair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
    }

    /**
     * Encodes the characters that RFC 3986 does not allow in a path or query. Escapes and delimiters stay unchanged.
     * {@link #scan} must have accepted the text, because this method does not encode what {@code scan} refuses.
     */
    public static String encodeIllegal(String text) {
        StringBuilder out = new StringBuilder(text.length() + 32);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            append(out, b, b >= 0 && !Ascii.needsEncoding((char) b));
        }
        return out.toString();
    }

    /**
     * Encodes everything that RFC 3986 does not allow in a path or query, including percent signs that do not start an
     * escape. The result is always valid.
     */
    public static String encodeStrictly(String text) {
        StringBuilder out = new StringBuilder(text.length() + 32);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        // One character for each byte, so that an index counts bytes.
        String oneCharEach = new String(bytes, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            char c = oneCharEach.charAt(i);
            append(out, bytes[i], Ascii.isUri(c) && (c != '%' || startsEscape(oneCharEach, i)));
        }
        return out.toString();
    }

    /** Converts a text to bytes in this charset, and percent-encodes the bytes that are not ASCII. */
    public static String encodeNonAscii(String text, Charset charset) {
        StringBuilder out = new StringBuilder(text.length() + 32);
        for (byte b : text.getBytes(charset)) {
            append(out, b, b >= 0);
        }
        return out.toString();
    }

    /** Encodes a URI component: everything except ASCII letters, digits and {@code -._~!'()*} becomes {@code %XX}. */
    public static String encodeComponent(String component) {
        return encode(component, COMPONENT_MARKS);
    }

    /** Encodes one segment of a path: everything except ASCII letters, digits and {@code -._~!$&'()*+,=:@}. */
    public static String encodeSegment(String segment) {
        return encode(segment, SEGMENT_MARKS);
    }

    private static String encode(String text, String unencodedMarks) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean unencoded = b >= '0' && b <= '9'
                    || b >= 'A' && b <= 'Z'
                    || b >= 'a' && b <= 'z'
                    || unencodedMarks.indexOf(b) >= 0;
            append(out, b, unencoded);
        }
        return out.toString();
    }

    /** Appends a byte, either as its ASCII character or as {@code %XX}. */
    static void append(StringBuilder out, byte b, boolean unencoded) {
        if (unencoded) {
            out.append((char) b);
        } else {
            out.append('%')
                    .append(Character.toUpperCase(Character.forDigit(b >> 4 & 15, 16)))
                    .append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
        }
    }
}

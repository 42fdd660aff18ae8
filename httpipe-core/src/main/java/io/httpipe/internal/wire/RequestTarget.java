package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;

/** The text of request targets: which characters are sent as they are, which are percent-encoded, which are refused. */
public final class RequestTarget {
    /** What {@link #scan} answers for a text that can be sent as it is. */
    public static final int PLAIN = -1;

    /** What {@link #scan} answers for a text that can be sent once {@link #encodeIllegal} has encoded it. */
    public static final int TO_ENCODE = -2;

    /** What {@code encodeURIComponent} leaves alone besides letters and digits. */
    private static final String COMPONENT_MARKS = "-._~!'()*";

    /**
     * What a segment may hold besides letters and digits (RFC 3986, section 3.3), but for the semicolon: servers cut a
     * segment there, so that {@code ..;x} would be two dots to them.
     */
    private static final String SEGMENT_MARKS = "-._~!$&'()*+,=:@";

    private RequestTarget() {}

    /**
     * Looks at a path, a query, or both. Refused are a space, a control character, a backslash, half a surrogate pair
     * and a percent sign that starts no escape. A {@code #} is passed over: the caller knows where it may stand.
     *
     * @param from where to begin
     * @return the index of the first character that is refused; else {@link #PLAIN} or {@link #TO_ENCODE}
     */
    public static int scan(String text, int from) {
        int found = PLAIN;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                if (!startsEscape(text, i)) {
                    return i;
                }
            } else if (Character.isSurrogate(c)) {
                if (!startsPair(text, i)) {
                    return i;
                }
                i++;
                found = TO_ENCODE;
            } else if (!Ascii.isUri(c) && c != '#') {
                if (!Ascii.isToBeEncoded(c)) {
                    return i;
                }
                found = TO_ENCODE;
            }
        }
        return found;
    }

    /**
     * The index of the first character that no request line can hold as it is: a space, a control character, half a
     * surrogate pair. -1 if there is none.
     */
    public static int unsendable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = startsPair(text, i);
            if (c == ' ' || Character.isISOControl(c) || Character.isSurrogate(c) && !pair) {
                return i;
            }
            i += pair ? 1 : 0;
        }
        return -1;
    }

    private static boolean startsEscape(String text, int at) {
        return at + 2 < text.length()
                && Ascii.hexDigit(text.charAt(at + 1)) >= 0
                && Ascii.hexDigit(text.charAt(at + 2)) >= 0;
    }

    /** Half a surrogate pair has no UTF-8; the JDK's encoder would write a question mark and start a query. */
    private static boolean startsPair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
    }

    /** Encodes what RFC 3986 does not allow in a path or query; escapes and delimiters stay as they are. */
    public static String encodeIllegal(String text) {
        StringBuilder out = new StringBuilder(text.length() + 32);
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            append(out, octet, octet >= 0 && !Ascii.isToBeEncoded((char) octet));
        }
        return out.toString();
    }

    /** Encodes as a URI component: all but letters, digits and {@code - . _ ~ ! ' ( ) *} becomes {@code %XX}. */
    public static String encode(String component) {
        return encode(component, COMPONENT_MARKS);
    }

    /** Encodes as one segment of a path: all but letters, digits and {@code - . _ ~ ! $ & ' ( ) * + , = : @}. */
    public static String encodeSegment(String segment) {
        return encode(segment, SEGMENT_MARKS);
    }

    private static String encode(String text, String marks) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = octet >= '0' && octet <= '9'
                    || octet >= 'A' && octet <= 'Z'
                    || octet >= 'a' && octet <= 'z'
                    || marks.indexOf(octet) >= 0;
            append(out, octet, plain);
        }
        return out.toString();
    }

    private static void append(StringBuilder out, byte octet, boolean plain) {
        if (plain) {
            out.append((char) octet);
        } else {
            out.append('%')
                    .append(Character.toUpperCase(Character.forDigit(octet >> 4 & 15, 16)))
                    .append(Character.toUpperCase(Character.forDigit(octet & 15, 16)));
        }
    }
}

package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;

/** The text of request targets: what may stand in one, and how query pairs are percent-encoded. */
public final class Target {
    private static final String UNRESERVED_MARKS = "-._~!'()*";

    private Target() {}

    /**
     * Checks a path or query that the caller gave.
     *
     * @param name what to call it in the error
     * @throws IllegalArgumentException for a character that RFC 3986 does not let stand there, or a stray percent sign
     */
    public static void check(String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            // Half a surrogate pair has no UTF-8; the JDK's encoder would write a question mark and start a query.
            if (!Ascii.isTarget(c) || Character.isSurrogate(c)) {
                throw new IllegalArgumentException("%s: %s at index %d must be percent-encoded"
                        .formatted(name, Ascii.quote(String.valueOf(c)), i));
            }
            boolean escape = i + 2 < text.length()
                    && Ascii.hexDigit(text.charAt(i + 1)) >= 0
                    && Ascii.hexDigit(text.charAt(i + 2)) >= 0;
            if (c == '%' && !escape) {
                throw new IllegalArgumentException("%s: %% at index %d starts no escape".formatted(name, i));
            }
        }
    }

    /** Encodes as a URI component: all but letters, digits and {@code - . _ ~ ! ' ( ) *} becomes {@code %XX}. */
    public static String encode(String component) {
        StringBuilder out = new StringBuilder(component.length() + 16);
        for (byte octet : component.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = octet >= '0' && octet <= '9'
                    || octet >= 'A' && octet <= 'Z'
                    || octet >= 'a' && octet <= 'z'
                    || UNRESERVED_MARKS.indexOf(octet) >= 0;
            if (plain) {
                out.append((char) octet);
            } else {
                out.append('%')
                        .append(Character.toUpperCase(Character.forDigit(octet >> 4 & 15, 16)))
                        .append(Character.toUpperCase(Character.forDigit(octet & 15, 16)));
            }
        }
        return out.toString();
    }
}

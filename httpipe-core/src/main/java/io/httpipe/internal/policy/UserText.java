package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Ascii;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HexFormat;

/** Checks and encodes user names and passwords (RFC 7617, section 2; RFC 7616, section 4). */
final class UserText {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private UserText() {}

    /** Checks a user name or password. The error does not show it. */
    static String checked(String name, String text) {
        Arguments.encodable(name, text);
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new IllegalArgumentException(
                        "%s: there is a control character at index %d, which no scheme allows".formatted(name, i));
            }
        }
        return text;
    }

    /** Encodes a text in UTF-8, in normalization form C, so that equal names have equal bytes. */
    static byte[] utf8(String text) {
        String composed = isAscii(text) ? text : Normalizer.normalize(text, Normalizer.Form.NFC);
        return composed.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a string with one character for each byte of UTF-8. */
    static String byteText(String text) {
        return new String(utf8(text), StandardCharsets.ISO_8859_1);
    }

    /** Encodes bytes for a parameter such as {@code name*=UTF-8''text} (RFC 8187, section 3.2.1). */
    static String percentEncoded(String byteText) {
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < byteText.length(); i++) {
            char c = byteText.charAt(i);
            if (Ascii.isToken(String.valueOf(c)) && c != '*' && c != '\'' && c != '%') {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.toHexDigits((byte) c));
            }
        }
        return encoded.toString();
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 127) {
                return false;
            }
        }
        return true;
    }
}

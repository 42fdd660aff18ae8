package io.httpipe.internal.wire;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code Content-Digest} and {@code Repr-Digest} (RFC 9530): a dictionary of byte sequences (RFC 8941, section
 * 3.2). Only SHA-256 and SHA-512 are returned. A field that is malformed anywhere is ignored as a whole (RFC 8941,
 * section 4.2). A field is also ignored if it is longer than 4,096 characters, or has a value that is not bytes, a
 * string, a token, a number or a boolean.
 */
public final class DigestField {
    private static final int MAX_LENGTH = 4096;
    private static final String KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-.*";

    private final String text;
    private int at;

    /**
     * A hash value.
     *
     * @param algorithm the name for {@link java.security.MessageDigest}
     * @param hex       the value in lower case
     */
    public record Digest(String algorithm, String hex) {}

    private DigestField(String text) {
        this.text = text;
    }

    /** Returns the values of all lines of a field; empty if there is none or if the field is malformed. */
    public static List<Digest> parse(FieldLines fields, String name) {
        StringBuilder all = new StringBuilder();
        for (int i = fields.indexOf(name, 0); i >= 0; i = fields.indexOf(name, i + 1)) {
            all.append(all.isEmpty() ? "" : ", ").append(fields.value(i));
        }
        return parse(all.toString());
    }

    /** Returns the values of a whole field. */
    public static List<Digest> parse(String field) {
        if (field.length() > MAX_LENGTH) {
            return List.of();
        }
        List<Digest> digests = new DigestField(field).dictionary();
        return digests == null ? List.of() : digests;
    }

    private @Nullable List<Digest> dictionary() {
        List<Digest> digests = new ArrayList<>();
        skip(" ");
        while (at < text.length()) {
            String key = key();
            if (key == null) {
                return null;
            }
            byte[] bytes = null;
            if (peek() == '=') {
                at++;
                int start = at;
                if (!item()) {
                    return null;
                }
                if (text.charAt(start) == ':') {
                    bytes = decoded(text.substring(start + 1, at - 1));
                    if (bytes == null) {
                        return null;
                    }
                }
            }
            if (!parameters()) {
                return null;
            }
            put(digests, key, bytes);
            skip(" \t");
            if (at == text.length()) {
                return digests;
            }
            if (peek() != ',') {
                return null;
            }
            at++;
            skip(" \t");
            if (at == text.length()) {
                return null;
            }
        }
        return digests;
    }

    /** Of several members with the same key, the last one counts. */
    private static void put(List<Digest> digests, String key, byte @Nullable [] bytes) {
        String algorithm = key.equals("sha-256") ? "SHA-256" : key.equals("sha-512") ? "SHA-512" : null;
        if (algorithm != null) {
            digests.removeIf(digest -> digest.algorithm.equals(algorithm));
            if (bytes != null) {
                digests.add(new Digest(algorithm, HexFormat.of().formatHex(bytes)));
            }
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void skip(String characters) {
        while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private @Nullable String key() {
        int start = at;
        char first = peek();
        if (first != '*' && (first < 'a' || first > 'z')) {
            return null;
        }
        skip(KEY);
        return text.substring(start, at);
    }

    private boolean parameters() {
        while (peek() == ';') {
            at++;
            skip(" ");
            if (key() == null) {
                return false;
            }
            if (peek() == '=') {
                at++;
                if (!item()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Skips an item. Returns whether there was one. */
    private boolean item() {
        char first = peek();
        at++;
        return switch (first) {
            case ':' -> bytes();
            case '"' -> string();
            case '?' -> {
                at++;
                yield at <= text.length() && "01".indexOf(text.charAt(at - 1)) >= 0;
            }
            default -> first == '-' || Ascii.isDigit(first) ? number(first) : token(first);
        };
    }

    private boolean bytes() {
        int end = text.indexOf(':', at);
        if (end < 0) {
            return false;
        }
        boolean valid = decoded(text.substring(at, end)) != null;
        at = end + 1;
        return valid;
    }

    private static byte @Nullable [] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private boolean string() {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return true;
            }
            if (c == '\\') {
                char escaped = peek();
                at++;
                if (escaped != '"' && escaped != '\\') {
                    return false;
                }
            } else if (c < 0x20 || c > 0x7e) {
                return false;
            }
        }
        return false;
    }

    private boolean number(char first) {
        int start = first == '-' ? at : at - 1;
        skip("0123456789");
        int whole = at - start;
        if (peek() != '.') {
            return whole >= 1 && whole <= 15;
        }
        at++;
        int point = at;
        skip("0123456789");
        return whole >= 1 && whole <= 12 && at > point && at - point <= 3;
    }

    private boolean token(char first) {
        boolean valid = first == '*' || first >= 'A' && first <= 'Z' || first >= 'a' && first <= 'z';
        while (valid && (peek() == ':' || peek() == '/' || peek() < 128 && Ascii.isToken(peek()))) {
            at++;
        }
        return valid;
    }
}

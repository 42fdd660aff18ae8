package io.httpipe.internal.policy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A hash algorithm of Digest authentication (RFC 7616, section 6.1).
 *
 * @param jdkName  the name of the hash function in the JDK
 * @param session  whether the password is hashed together with the first nonce
 * @param strength larger for a better hash function; 2 or more
 */
record DigestAlgorithm(String jdkName, boolean session, int strength) {
    private static final String SESSION = "-SESS";

    /**
     * Finds an algorithm by its name in a challenge. Ignores case.
     *
     * @param name null for MD5
     * @return null if the algorithm is unknown, or missing in this JDK
     */
    static @Nullable DigestAlgorithm of(@Nullable String name) {
        String full = name == null ? "MD5" : name.toUpperCase(Locale.ROOT);
        boolean session = full.endsWith(SESSION);
        DigestAlgorithm found = switch (session ? full.substring(0, full.length() - SESSION.length()) : full) {
            case "MD5" -> new DigestAlgorithm("MD5", session, 2);
            case "SHA-256" -> new DigestAlgorithm("SHA-256", session, 3);
            case "SHA-512-256" -> new DigestAlgorithm("SHA-512/256", session, 4);
            default -> null;
        };
        return found == null || found.find() == null ? null : found;
    }

    private @Nullable MessageDigest find() {
        try {
            return MessageDigest.getInstance(jdkName);
        } catch (NoSuchAlgorithmException e) {
            return null;
        }
    }

    MessageDigest function() {
        MessageDigest function = find();
        if (function == null) {
            throw new AssertionError("the JDK no longer has " + jdkName);
        }
        return function;
    }

    /** Hashes a text that has one character for each byte. Returns lower case hexadecimal digits. */
    String hash(String byteText) {
        return hex(function().digest(byteText.getBytes(StandardCharsets.ISO_8859_1)));
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}

package io.httpipe.internal.connect;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Holds pinned public keys. At least one of them must be in the verified chain of a server. A pin is the SHA-256 of a
 * SubjectPublicKeyInfo (RFC 7469, section 2.4). Immutable and thread-safe.
 */
public final class PinnedKeys {
    private static final String PREFIX = "sha256/";
    private static final int HASH_LENGTH = 32;

    private final Set<String> pins = new TreeSet<>();

    /**
     * Creates a set of pins.
     *
     * @param texts hashes in Base64, with or without {@code sha256/} before them
     * @throws IllegalArgumentException if a text is not such a hash, or if there are fewer than two different ones
     */
    public PinnedKeys(String... texts) {
        for (String text : texts) {
            pins.add(pin(text));
        }
        if (pins.size() < 2) {
            throw new IllegalArgumentException("pins: " + pins.size() + " is too few; add at least one spare key, so"
                    + " that the server can still be reached if its key is lost");
        }
    }

    private static String pin(String text) {
        String base64 = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        try {
            byte[] hash = Base64.getDecoder().decode(base64);
            if (hash.length == HASH_LENGTH) {
                return PREFIX + Base64.getEncoder().encodeToString(hash);
            }
        } catch (IllegalArgumentException e) {
            // The text is refused below.
        }
        throw new IllegalArgumentException("pins: " + quote(text) + " is not the SHA-256 of a public key in Base64");
    }

    private static String quote(String text) {
        return '"' + text.replaceAll("[^ -~]", "?") + '"';
    }

    /**
     * Fails unless a pinned key is in a verified chain. There can be several chains, because several authorities can
     * sign the key of one authority.
     *
     * @param presented   the certificates that the server has presented, its own first
     * @param authorities the trust anchors, as far as they are known
     */
    void require(Certificate[] presented, X509Certificate[] authorities) throws SSLPeerUnverifiedException {
        List<String> found = new ArrayList<>();
        for (X509Certificate certificate : new CertificateChains(presented, authorities).certificates()) {
            String pin = PREFIX + Base64.getEncoder().encodeToString(hash(certificate));
            if (pins.contains(pin)) {
                return;
            }
            if (!found.contains(pin)) {
                found.add(pin);
            }
        }
        throw new SSLPeerUnverifiedException("none of the " + pins.size()
                + " pinned keys is in the chain of the server; keys in the chain: " + String.join(", ", found));
    }

    private static byte[] hash(X509Certificate certificate) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(certificate.getPublicKey().getEncoded());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PinnedKeys that && pins.equals(that.pins);
    }

    @Override
    public int hashCode() {
        return pins.hashCode();
    }

    /** How many there are. */
    @Override
    public String toString() {
        return String.valueOf(pins.size());
    }
}

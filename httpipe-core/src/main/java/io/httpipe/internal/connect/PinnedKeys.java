package io.httpipe.internal.connect;

import java.security.GeneralSecurityException;
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
 * The public keys of which at least one must be in the verified chain of a server. A pin is the SHA-256 of a
 * SubjectPublicKeyInfo (RFC 7469, section 2.4). Immutable and thread-safe.
 */
public final class PinnedKeys {
    private static final String PREFIX = "sha256/";
    private static final int HASH_LENGTH = 32;

    /** No real chain is longer. */
    private static final int MAX_CHAIN = 10;

    private final Set<String> pins = new TreeSet<>();

    /**
     * Creates a set of pins.
     *
     * @param texts hashes in Base64, with or without {@code sha256/} before them
     * @throws IllegalArgumentException if one is not such a hash, or if there are less than two
     */
    public PinnedKeys(String... texts) {
        for (String text : texts) {
            pins.add(pin(text));
        }
        if (pins.size() < 2) {
            throw new IllegalArgumentException("pins: " + pins.size() + " is too few; add at least one spare key, or no"
                    + " server can be reached when its key is lost");
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
            // It is refused below.
        }
        throw new IllegalArgumentException("pins: " + quote(text) + " is not the SHA-256 of a public key in Base64");
    }

    private static String quote(String text) {
        return '"' + text.replaceAll("[^ -~]", "?") + '"';
    }

    /**
     * Fails unless a pinned key is in the verified chain.
     *
     * @param presented   what the server has presented, beginning with its own certificate
     * @param authorities those at which a chain may end without having been presented
     */
    void require(Certificate[] presented, X509Certificate[] authorities) throws SSLPeerUnverifiedException {
        List<String> found = new ArrayList<>();
        for (X509Certificate certificate : verifiedChain(presented, authorities)) {
            String pin = PREFIX + Base64.getEncoder().encodeToString(hash(certificate));
            if (pins.contains(pin)) {
                return;
            }
            found.add(pin);
        }
        throw new SSLPeerUnverifiedException("none of the " + pins.size()
                + " pinned keys is in the chain of the server, whose keys are " + String.join(", ", found));
    }

    private static byte[] hash(X509Certificate certificate) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(certificate.getPublicKey().getEncoded());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }

    /**
     * Returns the server's certificate and those of its issuers. Each has signed the one before it. A server can present
     * any other certificates as well. They prove nothing, so their keys do not count.
     */
    private static List<X509Certificate> verifiedChain(Certificate[] presented, X509Certificate[] authorities) {
        List<X509Certificate> chain = new ArrayList<>();
        X509Certificate next = (X509Certificate) presented[0];
        while (next != null && !chain.contains(next) && chain.size() < MAX_CHAIN) {
            chain.add(next);
            X509Certificate issuer = issuer(next, authorities, -1);
            next = issuer == null ? issuer(next, presented, chain.size() - 1) : issuer;
        }
        return chain;
    }

    /**
     * Returns the certificate that has signed this one; null if it is not among the candidates.
     *
     * @param below how many certificates of authorities are below the issuer; -1 if it need not be an authority by
     *              RFC 5280, section 4.2.1.9, because it is trusted by itself
     */
    private static @Nullable X509Certificate issuer(X509Certificate certificate, Certificate[] candidates, int below) {
        for (Certificate each : candidates) {
            X509Certificate candidate = (X509Certificate) each;
            if (certificate.getIssuerX500Principal().equals(candidate.getSubjectX500Principal())
                    && (below < 0 || candidate.getBasicConstraints() >= below)) {
                try {
                    certificate.verify(candidate.getPublicKey());
                    return candidate;
                } catch (GeneralSecurityException e) {
                    // Another key of the same authority.
                }
            }
        }
        return null;
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

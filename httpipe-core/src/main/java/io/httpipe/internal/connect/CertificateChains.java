package io.httpipe.internal.connect;

import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the chains that lead from a server's certificate to trust anchors. In a chain, each certificate has signed the
 * one before it. A server can present any other certificates as well. They prove nothing. For one thread.
 */
final class CertificateChains {
    /** The JDK accepts no more by default. The number of signatures to check grows with the square of this number. */
    private static final int MAX_PRESENTED = 10;

    /** The index of {@code keyCertSign} in {@link X509Certificate#getKeyUsage}. */
    private static final int SIGNS_CERTIFICATES = 5;

    private final List<X509Certificate> presented = new ArrayList<>();
    private final Set<X509Certificate> anchors = new LinkedHashSet<>();

    /**
     * Maps the server's certificate and its direct and indirect issuers to the certificates below them that they have
     * signed.
     */
    private final Map<X509Certificate, Set<X509Certificate>> signed = new LinkedHashMap<>();

    /**
     * Searches for the chains.
     *
     * @param presented   the certificates that the server has presented, its own first
     * @param authorities the trust anchors, as far as they are known
     */
    CertificateChains(Certificate[] presented, X509Certificate[] authorities) {
        for (int i = 0; i < Math.min(presented.length, MAX_PRESENTED); i++) {
            this.presented.add((X509Certificate) presented[i]);
        }
        for (X509Certificate authority : authorities) {
            if (authority != null) {
                anchors.add(authority);
            }
        }
        search();
    }

    /**
     * Returns the certificates of all chains that end at a known trust anchor, the server's own first. If no chain ends
     * at one, because the anchors are not known, returns the certificates of all chains.
     */
    Set<X509Certificate> certificates() {
        Set<X509Certificate> complete = new LinkedHashSet<>();
        for (X509Certificate certificate : signed.keySet()) {
            if (anchors.contains(certificate)) {
                addWithSigned(certificate, complete);
            }
        }
        if (complete.isEmpty()) {
            return signed.keySet();
        }
        Set<X509Certificate> inOrder = new LinkedHashSet<>(signed.keySet());
        inOrder.retainAll(complete);
        return inOrder;
    }

    private void addWithSigned(X509Certificate certificate, Set<X509Certificate> into) {
        if (into.add(certificate)) {
            for (X509Certificate each : signed.getOrDefault(certificate, Set.of())) {
                addWithSigned(each, into);
            }
        }
    }

    /** Goes from the server's certificate to its issuers, then to their issuers. The nearest issuers come first. */
    private void search() {
        signed.put(presented.getFirst(), new LinkedHashSet<>());
        List<X509Certificate> level = List.of(presented.getFirst());
        for (int below = 0; !level.isEmpty(); below++) {
            List<X509Certificate> next = new ArrayList<>();
            for (X509Certificate certificate : level) {
                for (X509Certificate anchor : anchors) {
                    addIssuer(anchor, certificate, next);
                }
                // Nothing above a trust anchor has to be proved.
                for (X509Certificate candidate :
                        anchors.contains(certificate) ? List.<X509Certificate>of() : presented) {
                    if (mayIssue(candidate, below)) {
                        addIssuer(candidate, certificate, next);
                    }
                }
            }
            level = next;
        }
    }

    private void addIssuer(X509Certificate issuer, X509Certificate certificate, List<X509Certificate> found) {
        if (issuer.equals(certificate) || !hasSigned(issuer, certificate)) {
            return;
        }
        Set<X509Certificate> known = signed.get(issuer);
        if (known == null) {
            known = new LinkedHashSet<>();
            signed.put(issuer, known);
            found.add(issuer);
        }
        known.add(certificate);
    }

    /**
     * Whether a certificate that is no trust anchor may belong to an authority (RFC 5280, sections 4.2.1.3 and
     * 4.2.1.9).
     *
     * @param below how many certificates of authorities are below it
     */
    private static boolean mayIssue(X509Certificate certificate, int below) {
        boolean[] usage = certificate.getKeyUsage();
        try {
            certificate.checkValidity();
        } catch (CertificateException e) {
            return false;
        }
        return certificate.getBasicConstraints() >= below && (usage == null || usage[SIGNS_CERTIFICATES]);
    }

    private static boolean hasSigned(X509Certificate issuer, X509Certificate certificate) {
        if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            // The issuer has the right name, but another key.
            return false;
        }
    }
}

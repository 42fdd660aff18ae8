package io.httpipe.internal.connect;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Verifies servers whose host name has an underscore. The JDK cannot: its check of names refuses such a name before it
 * looks at the certificate.
 *
 * <p>The JVM's own trust manager checks everything but the name, with the engine at hand: the chain, its dates, its
 * algorithms, revocation where that is switched on. The name must then be among the certificate's alternative names
 * (RFC 9110, section 4.3.4), in one of two forms: the name itself in any case of letters, or a wildcard for the whole of
 * its first label and nothing else. A wildcard must also pass the JDK's check, which knows public suffixes: the JDK is
 * asked about the {@linkplain #standIn stand-in}, which has another first label.
 *
 * <p>All of this happens within the handshake, so that no client certificate is shown to a server of another name.
 * Thread-safe.
 */
public final class UnderscoreTrustManager extends X509ExtendedTrustManager {
    /** RFC 5280, section 4.2.1.6: a host name among the kinds of alternative names. */
    private static final Integer DNS_NAME = 2;

    private final X509ExtendedTrustManager jvm;

    private UnderscoreTrustManager(X509ExtendedTrustManager jvm) {
        this.jvm = jvm;
    }

    /**
     * A trust manager around the first one of X.509 among these.
     *
     * @throws GeneralSecurityException if there is none that is told the engine
     */
    public static TrustManager[] around(TrustManager[] managers) throws GeneralSecurityException {
        for (TrustManager manager : managers) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return new TrustManager[] {new UnderscoreTrustManager(extended)};
            }
        }
        throw new KeyManagementException("no trust manager that can verify a name with an underscore");
    }

    /**
     * A host name in place of the given one that no other name has, that the JDK takes where only the first label had an
     * underscore, and that a certificate can cover by a wildcard alone. It is the engine's peer host, and so a part of
     * the key under which the JDK keeps sessions.
     */
    static String standIn(String name) {
        try {
            byte[] lower = name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(lower);
            int dot = name.indexOf('.');
            return "x" + HexFormat.of().formatHex(digest, 0, 20) + (dot < 0 ? "" : name.substring(dot));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }

    /** The alternative name of the certificate that covers this name; null if there is none. */
    static @Nullable String covering(String name, X509Certificate certificate) throws CertificateParsingException {
        Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives == null) {
            return null;
        }
        int dot = name.indexOf('.');
        String wildcard = dot <= 0 ? name : "*" + name.substring(dot);
        String found = null;
        for (List<?> alternative : alternatives) {
            if (alternative.getFirst().equals(DNS_NAME)) {
                String text = (String) alternative.getLast();
                if (same(text, name)) {
                    return text;
                }
                found = same(text, wildcard) ? text : found;
            }
        }
        return found;
    }

    /** Whether two names differ in the case of ASCII letters at most. */
    private static boolean same(String text, String name) {
        return text.equalsIgnoreCase(name) && text.chars().allMatch(c -> c < 128);
    }

    static String noneCovers(String name) {
        return "No subject alternative DNS name matching %s found.".formatted(name);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        RawServerName asked = RawServerName.of(engine);
        if (asked == null) {
            throw new CertificateException("no name to verify");
        }
        String covering = covering(asked.name(), chain[0]);
        if (covering != null && covering.startsWith("*") && covering.indexOf('_') < 0) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
        }
        jvm.checkServerTrusted(chain, authType, engine);
        if (covering == null) {
            throw new CertificateException(noneCovers(asked.name()));
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("no name to verify");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("no name to verify");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        jvm.checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        jvm.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        jvm.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return jvm.getAcceptedIssuers();
    }
}

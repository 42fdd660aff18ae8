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
import java.util.ArrayList;
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
 * Verifies servers whose host name has an underscore. The JDK cannot: its name check refuses such a name before it
 * looks at the certificate.
 *
 * <p>The wrapped trust manager, usually the JVM's own, checks everything except the name: the chain, its dates, its
 * algorithms, and revocation if that is switched on. The name must then be one of the certificate's alternative names
 * (RFC 9110, section 4.3.4), in one of two forms: the name itself, ignoring case, or a wildcard for exactly its first
 * label. A wildcard without an underscore must also pass the JDK's check, which knows public suffixes. That check gets
 * the {@linkplain #standIn stand-in}, which has another first label.
 *
 * <p>All of this happens during the handshake, so that a server with another name never sees a client certificate.
 * Thread-safe.
 */
public final class UnderscoreTrustManager extends X509ExtendedTrustManager {
    /** The type of an alternative name that is a host name (RFC 5280, section 4.2.1.6). */
    static final int DNS_NAME = 2;

    private final X509ExtendedTrustManager delegate;

    private UnderscoreTrustManager(X509ExtendedTrustManager delegate) {
        this.delegate = delegate;
    }

    /**
     * Returns a trust manager that wraps the first suitable one of these.
     *
     * @throws GeneralSecurityException if none of them accepts an engine
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
     * Returns a stand-in: a host name to use in place of the given one. The stand-in is unique for the name, and only a
     * wildcard certificate can cover it. The JDK accepts it if the given name has underscores in its first label only.
     * It becomes the engine's peer host, and thereby a part of the key under which the JDK keeps sessions.
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

    /** Returns the alternative name of the certificate that covers this name; null if there is none. */
    static @Nullable String covering(String name, X509Certificate certificate) throws CertificateParsingException {
        int dot = name.indexOf('.');
        String wildcard = dot <= 0 ? name : "*" + name.substring(dot);
        String found = null;
        for (String text : alternatives(certificate, DNS_NAME)) {
            if (equalIgnoringCase(text, name)) {
                return text;
            }
            found = equalIgnoringCase(text, wildcard) ? text : found;
        }
        return found;
    }

    /** Returns the alternative names of a certificate that are of this type. */
    static List<String> alternatives(X509Certificate certificate, int type) throws CertificateParsingException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        List<String> names = new ArrayList<>();
        if (all != null) {
            for (List<?> each : all) {
                if (each.getFirst().equals(type)) {
                    names.add((String) each.getLast());
                }
            }
        }
        return names;
    }

    /** Whether two names are equal, ignoring the case of ASCII letters only. */
    private static boolean equalIgnoringCase(String text, String name) {
        return text.equalsIgnoreCase(name) && text.chars().allMatch(c -> c < 128);
    }

    static String noneCovers(String name) {
        return "No subject alternative DNS name matching %s found.".formatted(name);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        RawServerName serverName = RawServerName.of(engine);
        if (serverName == null) {
            throw new CertificateException("no name to verify");
        }
        String covering = covering(serverName.name(), chain[0]);
        if (covering != null && covering.startsWith("*") && covering.indexOf('_') < 0) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
        }
        delegate.checkServerTrusted(chain, authType, engine);
        if (covering == null) {
            throw new CertificateException(noneCovers(serverName.name()));
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
        delegate.checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        delegate.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        delegate.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return delegate.getAcceptedIssuers();
    }
}

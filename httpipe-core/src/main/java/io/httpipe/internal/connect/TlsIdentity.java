package io.httpipe.internal.connect;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * The settings that tell TLS connections apart. Connections with different settings never share a pool.
 *
 * @param context    trust and client certificates, compared by identity; must use an {@link UnderscoreTrustManager} if
 *                   a server name with an underscore has to be verified
 * @param verify     whether the certificate must be trusted and match the server's name
 * @param serverName the name or IP literal to ask for and to verify
 * @param resume     whether a session of this context may be resumed
 */
public record TlsIdentity(SSLContext context, boolean verify, String serverName, boolean resume) {
    /** The type of an alternative name that is a host name (RFC 5280, section 4.2.1.6). */
    private static final Integer DNS_NAME = 2;

    private static final AtomicInteger UNIQUE_PORTS = new AtomicInteger();

    /** Returns a client engine. Its session cache uses name and port as the key. */
    SSLEngine engine(int port) throws SSLException {
        try {
            return newEngine(port);
        } catch (RuntimeException e) {
            throw providerFailure(e);
        }
    }

    /** Wraps an unchecked exception of the provider of TLS, keys or certificates. */
    public static SSLException providerFailure(RuntimeException e) {
        return new SSLException("the TLS provider failed: " + e, e);
    }

    private SSLEngine newEngine(int port) {
        // Certificates and server name indication have no dot at the end of a fully qualified name.
        String name = serverName.endsWith(".") ? serverName.substring(0, serverName.length() - 1) : serverName;
        boolean underscore = verify && isUnderscored(name);
        String peer = underscore ? UnderscoreTrustManager.standIn(name) : name;
        SSLEngine engine = context.createSSLEngine(peer, resume ? port : uniquePort());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        if (verify && !underscore) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        parameters.setServerNames(underscore ? List.of(new RawServerName(name)) : serverNames(name));
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** Whether this name has an underscore, so that the JDK can neither verify nor send it. */
    public static boolean isUnderscored(String name) {
        return name.indexOf('_') >= 0;
    }

    /**
     * Refuses a certificate that names a host only in its common name. The JDK still accepts such a certificate, but
     * RFC 9110, section 4.3.4, forbids it. Must be called after the engine has verified the rest. If the name has an
     * underscore, checks that the certificate covers the name: no trust manager runs when a session is resumed.
     */
    static void requireAlternativeName(SSLEngine engine) throws SSLException {
        RawServerName raw = RawServerName.of(engine);
        if (raw != null) {
            requireCovered(engine, raw.name());
            return;
        }
        boolean verified = engine.getSSLParameters().getEndpointIdentificationAlgorithm() != null;
        if (!verified || Resolver.isLiteral(engine.getPeerHost())) {
            return;
        }
        try {
            X509Certificate certificate = (X509Certificate) engine.getSession().getPeerCertificates()[0];
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names == null
                    || names.stream().noneMatch(name -> name.getFirst().equals(DNS_NAME))) {
                engine.closeOutbound();
                throw new SSLPeerUnverifiedException("the certificate has no host among its alternative names");
            }
        } catch (CertificateParsingException e) {
            throw new SSLException("the certificate's alternative names cannot be read", e);
        }
    }

    private static void requireCovered(SSLEngine engine, String name) throws SSLException {
        try {
            X509Certificate certificate = (X509Certificate) engine.getSession().getPeerCertificates()[0];
            if (UnderscoreTrustManager.covering(name, certificate) == null) {
                engine.getSession().invalidate();
                engine.closeOutbound();
                throw new SSLPeerUnverifiedException(UnderscoreTrustManager.noneCovers(name));
            }
        } catch (CertificateParsingException e) {
            throw new SSLException("the certificate's alternative names cannot be read", e);
        }
    }

    /** Returns a port for the session's key. No other session has this port, so the next handshake finds no session. */
    private int uniquePort() {
        context.getClientSessionContext().setSessionCacheSize(1);
        return UNIQUE_PORTS.decrementAndGet();
    }

    /** RFC 6066, section 3: addresses and invalid host names (such as -a) are not sent. Both are still verified. */
    private static List<SNIServerName> serverNames(String name) {
        if (Resolver.isLiteral(name)) {
            return List.of();
        }
        try {
            return List.of(new SNIHostName(name));
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }
}

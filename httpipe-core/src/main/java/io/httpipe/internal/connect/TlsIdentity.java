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
 * All that sets one TLS connection apart from another, so that two that differ here never share a pool.
 *
 * @param context    trust and client certificates, compared by identity; for a server name with an underscore that is to
 *                   be verified, one with an {@link UnderscoreTrustManager}
 * @param verify     whether the certificate must be trusted and fit the server's name
 * @param serverName the name or IP literal to ask for and to verify
 * @param resume     whether a session of this context may be taken up again
 */
public record TlsIdentity(SSLContext context, boolean verify, String serverName, boolean resume) {
    /** RFC 5280, section 4.2.1.6: a host name among the kinds of alternative names. */
    private static final Integer DNS_NAME = 2;

    private static final AtomicInteger KEYS = new AtomicInteger();

    /** A client engine; its session cache is keyed by name and port. */
    SSLEngine engine(int port) throws SSLException {
        try {
            return newEngine(port);
        } catch (RuntimeException e) {
            throw providerFailure(e);
        }
    }

    /** The error for what the provider of TLS, or of its keys and certificates, throws unchecked. */
    public static SSLException providerFailure(RuntimeException e) {
        return new SSLException("the TLS provider failed: " + e, e);
    }

    private SSLEngine newEngine(int port) {
        // The dot of a fully qualified name is no part of what certificates and server name indication hold.
        String name = serverName.endsWith(".") ? serverName.substring(0, serverName.length() - 1) : serverName;
        boolean underscore = verify && isUnderscored(name);
        String peer = underscore ? UnderscoreTrustManager.standIn(name) : name;
        SSLEngine engine = context.createSSLEngine(peer, resume ? port : unique());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        if (verify && !underscore) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        parameters.setServerNames(underscore ? List.of(new RawServerName(name)) : indication(name));
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** Whether this is a name that the JDK can neither verify nor send. */
    public static boolean isUnderscored(String name) {
        return name.indexOf('_') >= 0;
    }

    /**
     * Refuses a certificate that names hosts by its common name alone, after the engine has verified the rest: the JDK
     * still takes that for an alternative name, but RFC 9110, section 4.3.4, forbids it. A name with an underscore must
     * be covered by the certificate of a resumed session too.
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
            X509Certificate own = (X509Certificate) engine.getSession().getPeerCertificates()[0];
            Collection<List<?>> names = own.getSubjectAlternativeNames();
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
            X509Certificate own = (X509Certificate) engine.getSession().getPeerCertificates()[0];
            if (UnderscoreTrustManager.covering(name, own) == null) {
                engine.getSession().invalidate();
                engine.closeOutbound();
                throw new SSLPeerUnverifiedException(UnderscoreTrustManager.noneCovers(name));
            }
        } catch (CertificateParsingException e) {
            throw new SSLException("the certificate's alternative names cannot be read", e);
        }
    }

    /** A port for the session's key that no other session has: its own would be found there by the next handshake. */
    private int unique() {
        context.getClientSessionContext().setSessionCacheSize(1);
        return KEYS.decrementAndGet();
    }

    /** RFC 6066, section 3: neither addresses nor what is no host name (-a) are sent; both are verified. */
    private static List<SNIServerName> indication(String name) {
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

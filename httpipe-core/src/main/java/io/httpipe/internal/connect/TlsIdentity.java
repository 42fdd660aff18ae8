package io.httpipe.internal.connect;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the settings and the server name of TLS connections. It is a part of the key of a connection: two requests
 * share connections only if their identities are equal.
 *
 * @param context    the settings, with their sessions
 * @param serverName the name or IP literal to ask for and to verify
 */
public record TlsIdentity(TlsContext context, String serverName) {
    /** The type of an alternative name that is an address (RFC 5280, section 4.2.1.6). */
    private static final int ADDRESS = 7;

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private static final AtomicInteger UNIQUE_PORTS = new AtomicInteger();

    // With the generated methods of a record, the JDK would keep a soft reference to the class TlsContext. The class
    // loader of httpipe could then not be collected.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TlsIdentity that && context.equals(that.context) && serverName.equals(that.serverName);
    }

    @Override
    public int hashCode() {
        return 31 * context.hashCode() + serverName.hashCode();
    }

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

    private SSLEngine newEngine(int port) throws SSLException {
        TlsSettings settings = context.settings;
        String name = name();
        boolean underscore = isUnderscored();
        SSLContext jdk = context.sslContext(underscore);
        String peer = underscore ? UnderscoreTrustManager.standIn(name) : name;
        SSLEngine engine = jdk.createSSLEngine(peer, settings.sessionReuse ? port : uniquePort(jdk));
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(settings.protocols == null ? PROTOCOLS : settings.protocols.toArray(new String[0]));
        if (settings.cipherSuites != null) {
            parameters.setCipherSuites(settings.cipherSuites.toArray(new String[0]));
        }
        if (settings.verify && !underscore) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        // The context of an application may be configured for HTTP/2.
        parameters.setApplicationProtocols(new String[0]);
        parameters.setServerNames(underscore ? List.of(new RawServerName(name)) : serverNames(name));
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** The name without a dot at its end, because certificates and server name indication have none. */
    private String name() {
        return serverName.endsWith(".") ? serverName.substring(0, serverName.length() - 1) : serverName;
    }

    /** Whether the name must be verified and has an underscore. The JDK can neither verify nor send such a name. */
    boolean isUnderscored() {
        return context.settings.verify && serverName.indexOf('_') >= 0;
    }

    /**
     * Checks what the engine has not checked. Must be called after each handshake, before anything is sent.
     *
     * <ul>
     *   <li>Refuses a certificate that names a host only in its common name. The JDK still accepts such a certificate,
     *       but RFC 9110, section 4.3.4, forbids it.
     *   <li>Checks that the certificate covers the server name, if that name has an underscore: no trust manager runs
     *       when a session is resumed. Checks this for every server name if a trust manager or SSLContext of the
     *       application decides about trust, because these may ignore names.
     *   <li>Requires a pinned key in the verified chain, if keys are pinned.
     * </ul>
     */
    void requireVerified(SSLEngine engine) throws SSLException {
        if (!context.settings.verify) {
            return;
        }
        try {
            String name = name();
            if (isUnderscored() || context.settings.isForeign()) {
                requireCovered(certificate(engine), name);
            } else if (!Resolver.isLiteral(name)) {
                requireAlternativeName(certificate(engine));
            }
            context.requirePinned(engine);
        } catch (SSLException e) {
            engine.getSession().invalidate();
            engine.closeOutbound();
            throw e;
        } catch (CertificateParsingException e) {
            throw new SSLException("the certificate's alternative names cannot be read", e);
        }
    }

    private static X509Certificate certificate(SSLEngine engine) throws SSLException {
        Certificate[] chain = engine.getSession().getPeerCertificates();
        return (X509Certificate) chain[0];
    }

    private static void requireAlternativeName(X509Certificate certificate)
            throws SSLException, CertificateParsingException {
        if (UnderscoreTrustManager.alternatives(certificate, UnderscoreTrustManager.DNS_NAME)
                .isEmpty()) {
            throw new SSLPeerUnverifiedException("the certificate has no host name among its alternative names");
        }
    }

    private static void requireCovered(X509Certificate certificate, String name)
            throws SSLException, CertificateParsingException {
        if (Resolver.isLiteral(name)) {
            requireAddress(certificate, name);
        } else if (UnderscoreTrustManager.covering(name, certificate) == null) {
            throw new SSLPeerUnverifiedException(UnderscoreTrustManager.noneCovers(name));
        }
    }

    private static void requireAddress(X509Certificate certificate, String literal)
            throws SSLException, CertificateParsingException {
        try {
            InetAddress wanted = InetAddress.getByName(literal);
            for (String name : UnderscoreTrustManager.alternatives(certificate, ADDRESS)) {
                if (wanted.equals(InetAddress.getByName(name))) {
                    return;
                }
            }
        } catch (UnknownHostException e) {
            throw new SSLException("the certificate's alternative names cannot be read", e);
        }
        throw new SSLPeerUnverifiedException("No subject alternative names matching IP address " + literal + " found.");
    }

    /** Returns a port for the session's key. No other session has this port, so the next handshake finds no session. */
    private int uniquePort(SSLContext jdk) {
        if (context.settings.given == null) {
            jdk.getClientSessionContext().setSessionCacheSize(1);
        }
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

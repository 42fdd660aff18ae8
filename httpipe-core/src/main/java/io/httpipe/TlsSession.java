package io.httpipe;

import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.TlsTransport;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * The result of a TLS handshake.
 *
 * {@snippet :
 * TlsSession session = exchange.tlsHandshake();
 * System.out.println(session.protocol() + " " + session.cipherSuite()); // "TLSv1.3 TLS_AES_256_GCM_SHA384"
 * }
 *
 * <p>Immutable and thread-safe.
 *
 * @param protocol         such as {@code TLSv1.3}
 * @param cipherSuite      such as {@code TLS_AES_256_GCM_SHA384}
 * @param resumed          whether an earlier session was resumed, which saves the expensive part of the handshake. If
 *                         other code created that session with the same {@link javax.net.ssl.SSLContext}, the client
 *                         infers this from the time at which the session was created
 * @param peerCertificates the server's certificate first, then the certificates of its chain
 */
public record TlsSession(String protocol, String cipherSuite, boolean resumed, List<Certificate> peerCertificates) {

    static TlsSession of(TlsTransport transport) throws SSLException {
        try {
            SSLSession session = transport.session();
            return new TlsSession(
                    session.getProtocol(),
                    session.getCipherSuite(),
                    transport.resumed(),
                    List.of(session.getPeerCertificates()));
        } catch (RuntimeException e) {
            throw TlsIdentity.providerFailure(e);
        }
    }
}

package io.httpipe;

import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.TlsTransport;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * What a TLS handshake has agreed on.
 *
 * @param protocol         such as {@code TLSv1.3}
 * @param cipherSuite      such as {@code TLS_AES_256_GCM_SHA384}
 * @param resumed          whether an earlier session was taken up, which saves the dear part of the handshake
 * @param peerCertificates the server's certificate first, then those that vouch for it
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

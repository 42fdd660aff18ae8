package io.httpipe.internal.connect;

import java.util.Collections;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;

/**
 * All that sets one TLS connection apart from another, so that two that differ here never share a pool.
 *
 * @param context    trust and client certificates, compared by identity
 * @param verify     whether the certificate must be trusted and fit the server's name
 * @param serverName the name or IP literal to ask for and to verify
 * @param resume     whether a session of this context may be taken up again
 */
public record TlsPlan(SSLContext context, boolean verify, String serverName, boolean resume) {

    /** A client engine; its session cache is keyed by name and port. */
    SSLEngine engine(int port) {
        if (!resume) {
            SSLSessionContext sessions = context.getClientSessionContext();
            for (byte[] id : Collections.list(sessions.getIds())) {
                SSLSession session = sessions.getSession(id);
                if (session != null) {
                    session.invalidate();
                }
            }
        }
        SSLEngine engine = context.createSSLEngine(serverName, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        if (verify) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        // RFC 6066, section 3: a literal address is not sent as a server name; it is verified all the same.
        parameters.setServerNames(Resolver.isLiteral(serverName) ? List.of() : List.of(new SNIHostName(serverName)));
        engine.setSSLParameters(parameters);
        return engine;
    }
}

package io.httpipe.bench;

import io.httpipe.bench.clients.Setup;
import java.net.URI;

/** The ways to connect to the server, and whether it keeps the connections. */
enum ConnectionMode {
    KEEP_ALIVE,
    /** Like {@link #KEEP_ALIVE}, with {@link Setup#policies} and decoding. No response gives a reason to use them. */
    IDLE_POLICIES,
    /** Like {@link #KEEP_ALIVE}, with clients that decode compressed bodies. */
    DECODING,
    /** Like {@link #KEEP_ALIVE}, with the server as the proxy to itself: it gets the whole URI in each request. */
    PROXY,
    CLOSE,
    TLS,
    TLS_CLOSE,
    TLS_WITHOUT_RESUMPTION,
    UNIX;

    URI server(ServerAddresses addresses) {
        return switch (this) {
            case KEEP_ALIVE, IDLE_POLICIES, DECODING, PROXY, UNIX -> addresses.keepAlive();
            case CLOSE -> addresses.closing();
            case TLS -> addresses.tls();
            case TLS_CLOSE -> addresses.tlsClose();
            case TLS_WITHOUT_RESUMPTION -> addresses.tlsWithoutResumption();
        };
    }

    Setup setup(ServerAddresses addresses, int connections, int limit) {
        boolean secure = this == TLS || this == TLS_CLOSE || this == TLS_WITHOUT_RESUMPTION;
        return new Setup(
                connections,
                limit,
                secure ? addresses.authority() : null,
                this == UNIX ? addresses.unixSocket() : null,
                this == IDLE_POLICIES,
                this == IDLE_POLICIES || this == DECODING,
                this == PROXY ? addresses.keepAlive() : null);
    }
}

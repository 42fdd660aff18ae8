package io.httpipe.bench;

import io.httpipe.bench.clients.Setup;
import java.net.URI;

/** How the server is reached. */
enum Way {
    KEPT,
    CLOSING,
    TLS,
    TLS_CLOSING,
    TLS_FRESH,
    UNIX;

    URI server(Site site) {
        return switch (this) {
            case KEPT, UNIX -> site.kept();
            case CLOSING -> site.closing();
            case TLS -> site.tls();
            case TLS_CLOSING -> site.tlsClosing();
            case TLS_FRESH -> site.tlsFresh();
        };
    }

    Setup setup(Site site, int connections, int limit) {
        boolean secure = this == TLS || this == TLS_CLOSING || this == TLS_FRESH;
        return new Setup(connections, limit, secure ? site.authority() : null, this == UNIX ? site.unixSocket() : null);
    }
}

package io.httpipe.bench.clients;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a client for one turn.
 *
 * @param connections the number of connections that the client should keep: one for each thread, or the limit
 * @param limit       the maximum number of connections; 0 for no limit
 * @param trust       the certificate of the authority that signed the server's, in PEM; null without TLS
 * @param unixSocket  the socket to connect to instead of the address in the URI; null for TCP
 * @param policies    whether redirects are followed, and whether the client has credentials for another server and
 *                    tries again after failures, as far as the client can do that. Even without policies, some clients
 *                    try again after some failures
 * @param decoding    whether the client asks for compressed bodies and decodes them, as far as it can do that itself.
 *                    OkHttp always does both
 * @param proxy       the HTTP proxy that gets all requests; null for none
 */
public record Setup(
        int connections,
        int limit,
        @Nullable Path trust,
        @Nullable Path unixSocket,
        boolean policies,
        boolean decoding,
        @Nullable URI proxy) {
    /** Throws if there is a proxy. For clients that cannot use a proxy in the way that the benchmark needs. */
    void requireNoProxy() {
        if (proxy != null) {
            throw new UnsupportedOperationException("proxies");
        }
    }
}

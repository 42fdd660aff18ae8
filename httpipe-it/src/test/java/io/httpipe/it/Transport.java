package io.httpipe.it;

import io.httpipe.Endpoint;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Request;

/** The transports over which {@link Nginx} listens. It sends the same responses over each. */
enum Transport {
    TCP,
    TLS,
    UNIX;

    Request get(String pathAndQuery) {
        return request("GET", pathAndQuery);
    }

    Request post(String pathAndQuery) {
        return request("POST", pathAndQuery);
    }

    Request request(String method, String pathAndQuery) {
        return switch (this) {
            case TCP -> Request.of(method, Nginx.uri(pathAndQuery).toString());
            case TLS -> Request.of(method, Nginx.tlsUri(pathAndQuery).toString());
            case UNIX -> Request.of(method, pathAndQuery).at(endpoint());
        };
    }

    Endpoint endpoint() {
        return switch (this) {
            case TCP -> Endpoint.of(Nginx.host(), Nginx.httpPort());
            case TLS -> Endpoint.of(Nginx.host(), Nginx.tlsPort());
            case UNIX -> Endpoint.unix(Nginx.unixSocket());
        };
    }

    /** Connects and, for TLS, does the handshake. */
    Exchange connect(Httpipe hp) throws HttpipeException {
        Exchange exchange = hp.connect(endpoint());
        if (this == TLS) {
            exchange.tlsHandshake();
        }
        return exchange;
    }

    /** Returns the Host field of a request that does not set one. */
    String hostField() {
        return switch (this) {
            case TCP -> Nginx.host() + ":" + Nginx.httpPort();
            case TLS -> Nginx.host() + ":" + Nginx.tlsPort();
            case UNIX -> "localhost";
        };
    }
}

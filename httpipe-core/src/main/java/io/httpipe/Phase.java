package io.httpipe;

/**
 * What a call was doing when it failed.
 *
 * {@snippet :
 * boolean refused = e.phase() == Phase.CONNECT;
 * }
 */
public enum Phase {
    /** Waiting before another attempt, or getting the credentials or cookies for an attempt. */
    PAUSE("waiting before an attempt"),
    /** Waiting for a connection from the connection pool. */
    ACQUIRE("waiting for a connection"),
    /** Looking up the addresses of the host. */
    RESOLVE("resolving the host name"),
    /** Connecting to an address. */
    CONNECT("connecting"),
    /**
     * Asking a proxy to connect to the host. If the proxy itself uses TLS, this includes the TLS handshake with the
     * proxy.
     */
    PROXY("asking the proxy"),
    /** Doing the TLS handshake with the host, or waiting for a {@link TlsSource}. */
    TLS("in the TLS handshake"),
    /** Sending the request. */
    SEND("sending the request"),
    /** Waiting for the response head, or reading it. */
    RESPONSE_HEAD("waiting for the response head"),
    /** Reading the response body. */
    RESPONSE_BODY("reading the response body");

    private final String description;

    Phase(String description) {
        this.description = description;
    }

    /** Returns a description that can follow the word "while". */
    @Override
    public String toString() {
        return description;
    }
}

package io.httpipe;

/** What a call was doing when it failed. */
public enum Phase {
    /** Waiting for a connection from the pool. */
    ACQUIRE("waiting for a connection"),
    /** Looking up the addresses of the host. */
    RESOLVE("resolving the host name"),
    /** Connecting to an address. */
    CONNECT("connecting"),
    /** Shaking hands for TLS. */
    TLS("in the TLS handshake"),
    /** Sending the request. */
    SEND("sending the request"),
    /** Waiting for, or reading, the head of the response. */
    RESPONSE_HEAD("waiting for the response head"),
    /** Reading the body of the response. */
    RESPONSE_BODY("reading the response body");

    private final String doing;

    Phase(String doing) {
        this.doing = doing;
    }

    /** A few words that fit behind the word "while". */
    @Override
    public String toString() {
        return doing;
    }
}

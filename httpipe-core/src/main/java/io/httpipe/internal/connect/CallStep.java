package io.httpipe.internal.connect;

/** A step of a call. Each one can make the call wait. */
public enum CallStep {
    /** Waiting before another attempt, or for credentials such as a bearer token; only the deadline limits it. */
    PAUSE("deadline"),
    ACQUIRE("acquire"),
    RESOLVE("connect"),
    CONNECT("connect"),
    /**
     * Asking a proxy to connect to the origin. This includes the TLS handshake with the proxy itself, if there is one.
     */
    PROXY("connect"),
    HANDSHAKE("connect"),
    SEND("send"),
    HEAD("read"),
    BODY("read");

    private final String timeout;

    CallStep(String timeout) {
        this.timeout = timeout;
    }

    /** The name of the timeout that limits this step. */
    String timeout() {
        return timeout;
    }

    /** The length of that timeout in nanoseconds. */
    long limit(CallTimeouts.Limits limits) {
        return switch (this) {
            case PAUSE -> NanoClock.NEVER;
            case ACQUIRE -> limits.acquire();
            case RESOLVE, CONNECT, PROXY, HANDSHAKE -> limits.connect();
            case SEND -> limits.send();
            case HEAD, BODY -> limits.read();
        };
    }
}

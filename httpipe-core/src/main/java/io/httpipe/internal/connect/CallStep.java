package io.httpipe.internal.connect;

/** What a call can be waiting for. */
public enum CallStep {
    ACQUIRE("acquire"),
    RESOLVE("connect"),
    CONNECT("connect"),
    HANDSHAKE("connect"),
    SEND("send"),
    HEAD("read"),
    BODY("read");

    private final String timeout;

    CallStep(String timeout) {
        this.timeout = timeout;
    }

    /** The name of the limit that holds for it. */
    String timeout() {
        return timeout;
    }

    /** That limit, in nanoseconds. */
    long limit(CallTimeouts.Limits limits) {
        return switch (this) {
            case ACQUIRE -> limits.acquire();
            case RESOLVE, CONNECT, HANDSHAKE -> limits.connect();
            case SEND -> limits.send();
            case HEAD, BODY -> limits.read();
        };
    }
}

package io.httpipe;

import java.util.Arrays;

/** What an {@link Exchange} expects next. */
enum ExchangeState {
    READY("tlsHandshake, sendRequest, keepAlive or close"),
    HEAD("read or readResponse"),
    FIELDS("read or readResponse"),
    BODY("read or readResponse"),
    TRAILERS("read"),
    DONE("sendRequest, keepAlive or close"),
    CLOSED("nothing: the exchange is over");

    final String expected;

    ExchangeState(String expected) {
        this.expected = expected;
    }

    /** Throws if this is none of these states. */
    void require(ExchangeState... allowed) {
        if (!Arrays.asList(allowed).contains(this)) {
            throw new IllegalStateException("expected " + expected);
        }
    }
}

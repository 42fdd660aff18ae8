package io.httpipe.internal.connect;

/** What a call can be waiting for. */
public enum Step {
    ACQUIRE,
    RESOLVE,
    CONNECT,
    HANDSHAKE,
    SEND,
    HEAD,
    BODY
}

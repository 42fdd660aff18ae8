package io.httpipe.test.server;

/** The kinds of faults between a client and a server. */
public enum FaultKind {
    /** No bytes move in one direction for up to {@link Faults#delays}. */
    DELAY,
    /** Up to 64 bytes arrive one by one. Together they take up to {@link Faults#delays}. */
    SLOW,
    /** Nothing more arrives in one direction, but the connection stays open. */
    STALL,
    /** The connection is closed. */
    CUT,
    /** The connection is reset. */
    RESET,
    /** The connection is refused. A relay accepts the connection instead, and resets it before the first byte. */
    REFUSE
}

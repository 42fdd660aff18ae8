package io.httpipe.test.server;

/** What can go wrong on the way between a client and a server. */
public enum FaultKind {
    /** Nothing moves for up to {@link Faults#delays}; then all goes on. */
    DELAY,
    /** Up to 64 bytes arrive one by one, within {@link Faults#delays} in all. */
    SLOW,
    /** Nothing more arrives, but the connection stays open. */
    STALL,
    /** The connection is closed. */
    CUT,
    /** The connection is reset. */
    RESET,
    /** There is no connection. A relay must accept it, so it resets it before the first byte. */
    REFUSE
}

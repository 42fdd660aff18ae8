package io.httpipe.test.server;

/** What can go wrong on the way between a client and a server. */
public enum FaultKind {
    /** No bytes move in one direction for up to {@link Faults#delays}. */
    DELAY,
    /** Up to 64 bytes arrive one by one, within {@link Faults#delays} in all. */
    SLOW,
    /** Nothing more arrives in one direction, but the connection stays open. */
    STALL,
    /** The connection is closed. */
    CUT,
    /** The connection is reset. */
    RESET,
    /** There is no connection. A relay can only accept the connection and reset it before the first byte. */
    REFUSE
}

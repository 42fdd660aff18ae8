package io.httpipe.internal.pool;

/** Why a connection left its pool. */
public enum CloseReason {
    /** Its last exchange failed, or either side wanted it closed after it. */
    DONE,
    /** It was idle for too long. */
    IDLE,
    /** There were idle ones enough, or its place was needed for another route. */
    SURPLUS,
    /** The server had closed it, or sent what nobody had asked for. */
    STALE,
    /** It had lived for long enough. */
    OLD,
    /** The connection could not be made. */
    FAILED,
    /** The client was closed. */
    CLIENT_CLOSED
}

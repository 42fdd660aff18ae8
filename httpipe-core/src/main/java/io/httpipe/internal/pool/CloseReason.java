package io.httpipe.internal.pool;

/** Why a connection was removed from its pool. */
public enum CloseReason {
    /** The last exchange failed, or either side wanted the connection closed after it. */
    DONE,
    /** It was idle for too long. */
    IDLE,
    /** There were too many idle connections, or another route needed the slot. */
    SURPLUS,
    /** The server closed it, or sent bytes that no request had asked for. */
    STALE,
    /** It reached its maximum lifetime. */
    OLD,
    /** It could not be opened. */
    FAILED,
    /** The client was closed. */
    CLIENT_CLOSED
}

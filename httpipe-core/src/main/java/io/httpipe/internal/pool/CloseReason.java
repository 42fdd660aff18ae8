package io.httpipe.internal.pool;

/** Why a connection was removed from its pool. */
public enum CloseReason {
    /** The last exchange failed, or either side wanted the connection closed after it. */
    DONE,
    /** While it was idle, its idle timeout, its maximum lifetime or the server's keep-alive time ended. */
    IDLE,
    /** There were too many idle connections, or a new connection needed the slot or a file descriptor. */
    SURPLUS,
    /** The server closed it, or sent bytes that no request had asked for. */
    STALE,
    /** When it was released, its maximum lifetime or the server's keep-alive time was already over. */
    OLD,
    /** It could not be opened. */
    FAILED,
    /** The client was closed. */
    CLIENT_CLOSED
}

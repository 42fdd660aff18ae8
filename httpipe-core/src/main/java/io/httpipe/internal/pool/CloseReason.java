package io.httpipe.internal.pool;

/** Why a connection was removed from its pool. */
public enum CloseReason {
    /** The last call failed or was ended early, or one side asked to close the connection. */
    DONE,
    /** While it was idle, its idle timeout, its maximum lifetime or the server's keep-alive time ended. */
    IDLE,
    /**
     * There were too many idle connections, a new connection needed the slot or a file descriptor, or the waiting call
     * that got this connection was interrupted.
     */
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

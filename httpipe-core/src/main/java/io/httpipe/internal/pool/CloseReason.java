package io.httpipe.internal.pool;

/** Why a connection was removed from its pool. */
public enum CloseReason {
    /**
     * The last call on it failed, or was ended before its response was complete. Or one side asked to close the
     * connection. Or an exchange did not give it back.
     */
    DONE,
    /** While it was idle, its idle timeout, its maximum lifetime or the server's keep-alive time ended. */
    IDLE,
    /**
     * There were too many idle connections. Or a new connection needed the slot or a file descriptor. Or the waiting
     * call that got this connection was interrupted.
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

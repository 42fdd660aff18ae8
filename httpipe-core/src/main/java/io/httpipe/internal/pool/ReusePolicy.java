package io.httpipe.internal.pool;

/** Which of the connections that have been used before will do for a call. */
public enum ReusePolicy {
    NONE,

    /** One that has been looked at: nothing has arrived on it, and the server has not closed it. */
    TESTED,

    /**
     * The same, but the look, which is a call of the kernel, may be spared where the last read was only just now and
     * left nothing behind. For requests that are repeated unnoticed if the server was about to close after all.
     */
    RECENT
}

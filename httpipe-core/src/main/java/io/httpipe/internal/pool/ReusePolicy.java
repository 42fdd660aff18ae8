package io.httpipe.internal.pool;

/** Which idle connections a call may reuse. */
public enum ReusePolicy {
    /** None: the call needs a new connection. */
    NONE,

    /** A connection that was just checked: the server has neither closed it nor sent anything. */
    CHECKED,

    /**
     * Like {@link #CHECKED}, but the check, a system call, may be skipped if the last read was moments ago and took all
     * received bytes. Only for requests that can be repeated, in case the server closes the connection after all.
     */
    RECENT
}

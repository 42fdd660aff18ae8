package io.httpipe;

import java.io.Serial;

/**
 * A step took longer than its timeout, or the whole call longer than its {@link Deadline}.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (TimedOutException e) {
 *     if (e.limit() == TimedOutException.Limit.DEADLINE) {
 *         throw e; // there is no time left for another attempt
 *     }
 *     return hp.get(mirror);
 * }
 * }
 */
public final class TimedOutException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Which limit was met. */
    private final Limit limit;

    /** The limits on the time of a call. */
    public enum Limit {
        /** {@link Timeouts#acquire}, for waiting for a connection from the pool. */
        ACQUIRE,
        /** {@link Timeouts#connect}, from the name lookup to the end of the TLS handshake. */
        CONNECT,
        /** {@link Timeouts#send}, for a single write. */
        SEND,
        /** {@link Timeouts#read}, for a single wait for something to arrive. */
        READ,
        /**
         * The limit on the whole call: the client's {@link Httpipe.Builder#timeout}, a request's own, that of a
         * {@link FanOut}, or a surrounding {@link Deadline#within}.
         */
        DEADLINE
    }

    TimedOutException(Limit limit, String what, Facts facts) {
        super(what, facts, null);
        this.limit = limit;
    }

    /**
     * {@return the limit that the call has exceeded} It is also the limit that a call could not have met, if the call
     * failed at once because too many others were waiting for a connection.
     */
    public Limit limit() {
        return limit;
    }
}

package io.httpipe;

import java.io.Serial;

/**
 * A step of a call exceeded its timeout, or the whole call exceeded its timeout or {@link Deadline}.
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
 *
 * <p>The connection has been closed, except after a read timeout of an {@link Exchange} over TCP or TLS.
 */
public final class TimedOutException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The limit that the call exceeded. */
    private final Limit limit;

    /** The time limits of a call. */
    public enum Limit {
        /** {@link Timeouts#acquire}, which limits the wait for a connection from the pool. */
        ACQUIRE,
        /** {@link Timeouts#connect}, which limits the name lookup, all connection attempts and the TLS handshake. */
        CONNECT,
        /** {@link Timeouts#send}, which limits a single write. */
        SEND,
        /** {@link Timeouts#read}, which limits a single wait for bytes from the server. */
        READ,
        /**
         * The limit of the whole call: {@link Httpipe.Builder#timeout}, {@link Request#timeout},
         * {@link Request#deadline}, the timeout of a {@link FanOut}, or a surrounding {@link Deadline#within}.
         */
        DEADLINE
    }

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param limit       the limit that was exceeded
     * @param description the first words of the message
     * @param facts       where and when the call failed
     */
    public TimedOutException(Limit limit, String description, Facts facts) {
        super(description, facts, null);
        this.limit = limit;
    }

    /**
     * {@return the limit that the call exceeded} If the call failed at once because too many other calls were waiting
     * for a connection, this is the limit that it would have exceeded.
     */
    public Limit limit() {
        return limit;
    }
}

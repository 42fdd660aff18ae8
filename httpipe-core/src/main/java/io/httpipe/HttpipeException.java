package io.httpipe;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed, with the facts: what it was doing, with whom, over how used a connection, how far it had come.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).text();
 * } catch (TimedOutException e) {
 *     return fallback(e.phase());
 * } catch (HttpipeException e) {
 *     log.warn("{} (safe to retry: {})", e.getMessage(), e.safeToRetry());
 *     throw e;
 * }
 * }
 *
 * <p>Whenever one is thrown, the connection has been closed, save where {@link Exchange} says otherwise. The types: {@link ConnectFailedException},
 * {@link TlsFailedException}, {@link TimedOutException}, {@link CancelledException}, {@link ConnectionLostException},
 * {@link MalformedResponseException}, {@link BodyTooLargeException}, {@link RequestBodyException}.
 */
public abstract sealed class HttpipeException extends IOException
        permits BodyTooLargeException,
                CancelledException,
                ConnectFailedException,
                ConnectionLostException,
                MalformedResponseException,
                RequestBodyException,
                TimedOutException,
                TlsFailedException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient Facts facts;

    /** What is known of a call at the moment at which it fails. */
    record Facts(
            Phase phase, Endpoint endpoint, int reusedTimes, long bytesSent, long bytesReceived, boolean safeToRetry) {
        /** The phase and the endpoint, as the end of a message. */
        String place() {
            return " while %s (%s%s)"
                    .formatted(phase, endpoint, reusedTimes > 0 ? ", connection reused " + reusedTimes + "x" : "");
        }
    }

    HttpipeException(String what, Facts facts, @Nullable Throwable cause) {
        super(what + facts.place(), cause);
        this.facts = facts;
    }

    /** The facts hold what cannot be serialized, so what travels is a plain error with the same text. */
    @Serial
    private Object writeReplace() {
        IOException plain = new IOException(toString(), getCause());
        plain.setStackTrace(getStackTrace());
        return plain;
    }

    /** What the call was doing. */
    public Phase phase() {
        return facts.phase;
    }

    /** What it was talking to. */
    public Endpoint endpoint() {
        return facts.endpoint;
    }

    /** How often the connection had come out of the pool; 0 for a fresh one, or if there was none yet. */
    public int reusedTimes() {
        return facts.reusedTimes;
    }

    /** How many bytes of the request had been given to the connection. */
    public long bytesSent() {
        return facts.bytesSent;
    }

    /** How many bytes of the response had been received. */
    public long bytesReceived() {
        return facts.bytesReceived;
    }

    /**
     * Whether the request can be sent again without doing twice what should be done once: nothing of it was sent, or
     * its method is idempotent (RFC 9110, section 9.2.2) and its body can be given again.
     */
    public boolean safeToRetry() {
        return facts.safeToRetry;
    }
}

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
 * <p>Whenever one is thrown, the connection has been closed, save where {@link Exchange} says otherwise. The types:
 * {@link ConnectFailedException}, {@link TlsFailedException}, {@link TimedOutException}, {@link CancelledException},
 * {@link ConnectionLostException}, {@link MalformedResponseException}, {@link BodyTooLargeException},
 * {@link RequestBodyException}.
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

    /** {@return a plain error with the same text, which travels instead, for the facts cannot be serialized} */
    @Serial
    Object writeReplace() {
        IOException plain = new IOException(toString(), getCause());
        plain.setStackTrace(getStackTrace());
        return plain;
    }

    /** {@return what the call was doing} */
    public Phase phase() {
        return facts.phase;
    }

    /** {@return what it was talking to} */
    public Endpoint endpoint() {
        return facts.endpoint;
    }

    /** {@return how often the connection had come out of a pool; 0 for a fresh one, or if there was none yet} */
    public int reusedTimes() {
        return facts.reusedTimes;
    }

    /** {@return how many bytes of the request had been given to the connection; the server may have got fewer} */
    public long bytesSent() {
        return facts.bytesSent;
    }

    /** {@return how many bytes of the response had been received, head and framing included} */
    public long bytesReceived() {
        return facts.bytesReceived;
    }

    /**
     * {@return whether the request can be sent again without doing twice what should be done once} Either nothing of
     * it was sent, nor anything taken from a body that can be sent once only; or its body can be given again and its
     * method is idempotent (RFC 9110, section 9.2.2), as any is with an {@code Idempotency-Key}.
     */
    public boolean safeToRetry() {
        return facts.safeToRetry;
    }
}

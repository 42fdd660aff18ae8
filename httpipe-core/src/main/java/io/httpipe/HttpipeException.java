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
        /** The same facts of a call that is not to be sent again. */
        Facts withoutRetry() {
            return new Facts(phase, endpoint, reusedTimes, bytesSent, bytesReceived, false);
        }

        /** The endpoint, and how often the connection had been used, as the end of a message. */
        String where() {
            return " (%s%s)".formatted(endpoint, reusedTimes > 0 ? ", connection reused " + reusedTimes + "x" : "");
        }
    }

    HttpipeException(String what, Facts facts, @Nullable Throwable cause) {
        super(what + " while " + facts.phase + facts.where(), cause);
        this.facts = facts;
    }

    /** One whose message needs no phase. */
    HttpipeException(Facts facts, String what) {
        super(what + facts.where());
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
     * {@return whether sending the request again is both harmless and of use}
     *
     * {@snippet :
     * for (int attempt = 1; ; attempt++) {
     *     try {
     *         return hp.request(request);
     *     } catch (HttpipeException e) {
     *         if (attempt == 3 || !e.safeToRetry()) {
     *             throw e;
     *         }
     *         Thread.sleep(Duration.ofMillis(200 * attempt));
     *     }
     * }
     * }
     *
     * <p>It is harmless if nothing of the request was sent, and nothing was taken from a body that can be sent once
     * only. It is also harmless if the body can be sent again and the method is idempotent (RFC 9110, section 9.2.2),
     * as every method is with an {@code Idempotency-Key}.
     *
     * <p>It is of no use after a {@link CancelledException}, a {@link BodyTooLargeException}, a
     * {@link MalformedResponseException} or a {@link RequestBodyException}. The same is true of a
     * {@link TlsFailedException}, unless the connection was merely cut during the handshake.
     *
     * <p>A {@link TimedOutException} does not change the answer, whatever its limit. An attempt after
     * {@link TimedOutException.Limit#DEADLINE} needs a later deadline: a call whose {@link Deadline} is over fails at
     * once.
     */
    public boolean safeToRetry() {
        return facts.safeToRetry;
    }
}

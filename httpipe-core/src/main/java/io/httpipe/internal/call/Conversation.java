package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request over a connection and reads its response. One thread at a time may use it. Any thread may call
 * {@link #abandonSending}, {@link #bytesSent} and {@link #bytesReceived}. A count that another thread gets may be a
 * little old. Methods throw the exceptions of the layers below.
 */
public sealed interface Conversation permits Http1Conversation {
    /** Returns a conversation over a connection. Nothing else may use the connection meanwhile. */
    static Conversation over(PooledConnection connection, Outgoing request, CallTimeouts timeouts, WireLimits limits) {
        return new Http1Conversation(connection, request, timeouts, limits);
    }

    Outgoing request();

    CallTimeouts timeouts();

    /** The connection, which the conversation's owner gives back to the pool. */
    PooledConnection connection();

    /**
     * Sends the request. A response that arrives meanwhile can be taken afterwards; it may end the upload.
     *
     * @param readAhead how many bytes of the body of a 2xx are read before the request has been sent; -1 leaves them to
     *                  the caller, and the upload may then continue after this method has returned
     * @param impatient whether this method must not wait for the response body; it may wait for the head in either case
     */
    void send(long readAhead, boolean impatient) throws IOException;

    /** Takes the next response head, informational or final. */
    ResponseHead takeHead() throws IOException;

    /** Takes the final response head, and skips informational ones. */
    ResponseHead takeFinalHead() throws IOException;

    /** Reads what has arrived of the body, at least one byte; returns -1 at its end. */
    int readBody(byte[] into, int offset, int length) throws IOException;

    /** The number of body bytes that can be read without waiting. */
    int available();

    /** The number of body bytes still to come; -1 if it is unknown. */
    long remaining();

    /** The trailer fields, complete after the body has been read to its end. */
    FieldLines trailers();

    /**
     * Reads and discards the rest of the body, if it is short and the connection can be reused afterwards. An upload
     * that is still in progress is finished first.
     *
     * @return whether the end of the body has been reached
     */
    boolean drain();

    /** Whether the body has been read to its end. */
    boolean ended();

    /** Whether the body has been read to its end, and the upload is over. */
    boolean settled();

    /** Whether the request is being sent while its response is read. */
    boolean isSending();

    /** Whether the whole request was sent; false while it is being sent. */
    boolean sentWhole();

    /**
     * Waits for the end of the upload; ends the upload if the server closes the connection. Must not be called before
     * the body has been read to its end.
     *
     * @throws IOException if the upload failed, or the connection broke although the response accepts the request
     */
    void conclude() throws IOException;

    /** The failure that kept {@link #drain} from sending the whole request; null if there was none. */
    @Nullable
    IOException unreportedFailure();

    /**
     * Ends a background upload and closes its connection. Does nothing if there is none. May be called from any thread.
     */
    void abandonSending();

    /** Whether more of the response body than the read-ahead limit arrived before the request had been sent. */
    boolean exceededReadAhead();

    /** Whether the connection can carry another request. */
    boolean reusable();

    long bytesSent();

    long bytesReceived();

    /** Whether another call could send the request: nothing of it was sent, and its body has not been used. */
    boolean intact();
}

package io.httpipe.soak;

import io.httpipe.BodyTooLargeException;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectionLostException;
import io.httpipe.HttpipeException;
import io.httpipe.MalformedResponseException;
import io.httpipe.TimedOutException;
import io.httpipe.TlsFailedException;
import java.util.Set;

/** The ways in which the server handles a request, and the errors with which the call may end. */
enum ServerBehaviour {
    /** Sends a valid response, as {@link ResponseSpec} describes it. */
    GOOD(true),
    /** Sends a malformed head: the status line, a field, or the framing of the body is wrong. */
    HEAD(false, MalformedResponseException.class),
    /** Sends a malformed chunk, chunk size line, chunk end or trailer. */
    CHUNK(false, MalformedResponseException.class),
    /** Closes or resets the connection within a valid response. Unlike a relay, it never does so unnoticed. */
    CUT(false, ConnectionLostException.class),
    /** As {@link #GOOD}, but behind a relay that delays, cuts, resets and stalls connections at random bytes. */
    RELAYED(
            true,
            ConnectFailedException.class,
            ConnectionLostException.class,
            TimedOutException.class,
            TlsFailedException.class),
    /** Sends more 1xx heads than the limit allows. */
    FLOOD(false, MalformedResponseException.class),
    /** Sends a head that is far too large. */
    BOMB(false, MalformedResponseException.class),
    /** Sends a body without an end, or announces one that is too large for any client. */
    ENDLESS(false, BodyTooLargeException.class),
    /** Sends an unrequested 101. */
    SWITCH(true),
    /** Sends the response while the request is still being sent, then reads on. */
    EARLY(true),
    /** As {@link #EARLY}, but then closes. The client's machine may then discard the response. */
    EARLY_CLOSE(true, ConnectionLostException.class),
    /** Sends a valid response, and a moment later unrequested bytes. */
    LATE(true),
    /** Reads nothing of a request body that is larger than the socket buffers. */
    DEAF(false, TimedOutException.class),
    /** Sends unencrypted text on a TLS connection. */
    NO_TLS(false, TlsFailedException.class, ConnectionLostException.class),
    /** Reads the body of a pipe whose source fails. This body must never look complete. */
    SINK(false),
    /** No request reaches the server. */
    UNREACHABLE(false, ConnectFailedException.class, TlsFailedException.class, TimedOutException.class);

    private final boolean answers;
    private final Set<Class<?>> errors;

    ServerBehaviour(boolean answers, Class<?>... errors) {
        this.answers = answers;
        this.errors = Set.of(errors);
    }

    /** Whether a call may end with a response. */
    boolean answers() {
        return answers;
    }

    /** Whether a response says that the whole request has arrived. */
    boolean readsAll() {
        return this == GOOD || this == RELAYED;
    }

    boolean permits(HttpipeException e) {
        return errors.contains(e.getClass());
    }
}

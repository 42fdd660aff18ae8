package io.httpipe.soak;

import io.httpipe.BodyTooLargeException;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectionLostException;
import io.httpipe.HttpipeException;
import io.httpipe.MalformedResponseException;
import io.httpipe.TimedOutException;
import io.httpipe.TlsFailedException;
import java.util.Set;

/** What the server does with a request, and with which errors alone a call may then end. */
enum Kind {
    /** It answers well, in one of the many ways of {@link Plan}. */
    GOOD(true),
    /** What can be told by the head alone is wrong: the status line, a field, or what delimits the body. */
    HEAD(false, MalformedResponseException.class),
    /** A chunk, its size line, its end or a trailer is wrong. */
    CHUNK(false, MalformedResponseException.class),
    /** A good answer ends somewhere before its end, in order or by a reset. */
    CUT(false, ConnectionLostException.class),
    /** The connection is reset instead of an answer, perhaps within the request. */
    RESET(false, ConnectionLostException.class),
    /** A good answer stops somewhere, and nothing more comes. */
    STALL(false, TimedOutException.class),
    /** More 1xx heads than anybody needs. */
    FLOOD(false, MalformedResponseException.class),
    /** A head that is far too large. */
    BOMB(false, MalformedResponseException.class),
    /** A body without an end, or announced as one that nobody can hold. */
    ENDLESS(false, BodyTooLargeException.class),
    /** 101, which nobody has asked for. */
    SWITCH(true),
    /** The answer comes while the request is still being sent; then the server reads on. */
    EARLY(true),
    /** The same, but it closes, whereupon the client's machine may forget what had come. */
    EARLY_CLOSE(true, ConnectionLostException.class),
    /** A good answer, and a moment later octets that nobody has asked for. */
    LATE(true),
    /** It reads nothing of a body that is too large for the buffers on the way. */
    DEAF(false, TimedOutException.class),
    /** Octets that are no TLS in the middle of TLS. */
    NO_TLS(false, TlsFailedException.class, ConnectionLostException.class),
    /** It takes the body of a pipe whose source fails, which must never come to an end. */
    SINK(false),
    /** No request gets there. */
    UNREACHABLE(false, ConnectFailedException.class, TlsFailedException.class, TimedOutException.class);

    private final boolean answers;
    private final Set<Class<?>> errors;

    Kind(boolean answers, Class<?>... errors) {
        this.answers = answers;
        this.errors = Set.of(errors);
    }

    /** Whether a call may end with an answer. */
    boolean answers() {
        return answers;
    }

    boolean permits(HttpipeException e) {
        return errors.contains(e.getClass());
    }
}

package io.httpipe;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.time.Duration;

/**
 * How long each step of a call may take; a {@link Deadline} bounds their sum.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder()
 *         .timeouts(Timeouts.DEFAULT.connect(Duration.ofSeconds(1)).read(Duration.ofSeconds(3)))
 *         .build();
 * }
 *
 * <p>Each is positive. Running into one throws {@link TimedOutException} and closes the connection. TCP, TLS and Unix
 * sockets are all covered, writes as well as reads.
 *
 * @param acquire waiting for a connection from the pool, as calls do only where {@link Httpipe.Builder#maxConnectionsPerRoute} or
 *                {@link Httpipe.Builder#maxConnections} is set; 10 s by default
 * @param connect from the name lookup to the end of the TLS handshake, all addresses together; 10 s by default
 * @param send    each write: the head with a short body, or a piece of a long one; 30 s by default
 * @param read    each wait for something to arrive; 30 s by default
 */
public record Timeouts(Duration acquire, Duration connect, Duration send, Duration read) {
    /** 10 seconds for a connection from the pool and for connecting, 30 for sending and reading. */
    public static final Timeouts DEFAULT = new Timeouts(
            Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30));

    /**
     * Checks its parts.
     *
     * @throws IllegalArgumentException if one is null, zero or negative
     */
    public Timeouts {
        Arguments.positive("acquire", acquire);
        Arguments.positive("connect", connect);
        Arguments.positive("send", send);
        Arguments.positive("read", read);
    }

    /**
     * {@return the same time for each step}
     *
     * @param each positive
     */
    public static Timeouts of(Duration each) {
        return new Timeouts(each, each, each, each);
    }

    /**
     * {@return these, but for waiting for a connection from the pool}
     *
     * @param acquire positive
     */
    public Timeouts acquire(Duration acquire) {
        return new Timeouts(acquire, connect, send, read);
    }

    /**
     * {@return these, but for connecting}
     *
     * @param connect positive
     */
    public Timeouts connect(Duration connect) {
        return new Timeouts(acquire, connect, send, read);
    }

    /**
     * {@return these, but for sending}
     *
     * @param send positive
     */
    public Timeouts send(Duration send) {
        return new Timeouts(acquire, connect, send, read);
    }

    /**
     * {@return these, but for reading}
     *
     * @param read positive
     */
    public Timeouts read(Duration read) {
        return new Timeouts(acquire, connect, send, read);
    }

    CallTimeouts.Limits limits() {
        return new CallTimeouts.Limits(
                NanoClock.nanos(acquire), NanoClock.nanos(connect), NanoClock.nanos(send), NanoClock.nanos(read));
    }
}

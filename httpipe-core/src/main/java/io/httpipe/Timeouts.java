package io.httpipe;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import java.time.Duration;

/**
 * The timeouts of the steps of a call. {@link Request#timeout} and {@link Deadline} limit the whole call.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder()
 *         .timeouts(Timeouts.DEFAULT.connect(Duration.ofSeconds(1)).read(Duration.ofSeconds(3)))
 *         .build();
 * }
 *
 * <p>Each timeout is positive. A step that exceeds its timeout throws {@link TimedOutException} and closes the
 * connection. A read of an {@link Exchange} over TCP or TLS throws too, but leaves the connection open. The timeouts
 * apply to TCP, TLS and Unix sockets, and to writes as well as reads.
 *
 * <p><b>Connect.</b> This timeout covers the name lookup, all addresses of the host and the TLS handshake together.
 * With a {@link Proxy}, the name and the addresses are those of the proxy, and all handshakes with the proxy count too.
 * If the host has several addresses, the next address is tried when the previous attempt has failed, or after
 * {@link Httpipe.Builder#connectionAttemptDelay}. The delay is at most half of the time left before this timeout or the
 * deadline of the call, but at least 10 ms. An attempt continues after the next one has started. The first attempt that
 * connects wins, and the others are closed (RFC 8305). IPv6 and IPv4 addresses alternate. For ten minutes, the address
 * that won is tried first and addresses that did not connect are tried last. The handshake gets all the remaining time.
 * If it fails, no other address is tried.
 *
 * <p>Immutable and thread-safe.
 *
 * @param acquire limits the wait for a connection from the connection pool; 10 s by default. Calls wait only if
 *                {@link Httpipe.Builder#maxConnectionsPerRoute} or {@link Httpipe.Builder#maxConnections} is set
 * @param connect limits the time from the start of the name lookup to the end of the last handshake, with a proxy or
 *                for TLS; 10 s by default
 * @param send    limits each write: the request head with a short body, or a piece of a long body; 30 s by default
 * @param read    limits each wait for bytes from the server; 30 s by default
 */
public record Timeouts(Duration acquire, Duration connect, Duration send, Duration read) {
    /** 10 seconds for {@code acquire} and {@code connect}, 30 seconds for {@code send} and {@code read}. */
    public static final Timeouts DEFAULT = new Timeouts(
            Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30));

    /**
     * Creates timeouts.
     *
     * @throws IllegalArgumentException if a timeout is null, zero or negative
     */
    public Timeouts {
        Arguments.positive("acquire", acquire);
        Arguments.positive("connect", connect);
        Arguments.positive("send", send);
        Arguments.positive("read", read);
    }

    /**
     * {@return the same timeout for each step}
     *
     * @param timeout positive
     */
    public static Timeouts of(Duration timeout) {
        return new Timeouts(timeout, timeout, timeout, timeout);
    }

    /**
     * {@return a copy with this timeout for the wait for a connection from the pool}
     *
     * @param acquire positive
     */
    public Timeouts acquire(Duration acquire) {
        return new Timeouts(acquire, connect, send, read);
    }

    /**
     * {@return a copy with this connect timeout}
     *
     * @param connect positive
     */
    public Timeouts connect(Duration connect) {
        return new Timeouts(acquire, connect, send, read);
    }

    /**
     * {@return a copy with this send timeout}
     *
     * @param send positive
     */
    public Timeouts send(Duration send) {
        return new Timeouts(acquire, connect, send, read);
    }

    /**
     * {@return a copy with this read timeout}
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

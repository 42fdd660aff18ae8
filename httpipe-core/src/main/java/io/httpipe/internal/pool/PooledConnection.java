package io.httpipe.internal.pool;

import io.httpipe.internal.connect.Input;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.connect.Watch;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A connection and what is known of it. Between {@link ConnectionPool#acquire} and {@link ConnectionPool#release} or
 * {@link ConnectionPool#discard} it belongs to one owner, who alone may use it.
 */
public final class PooledConnection {
    private final RoutePool pool;
    private final Transport transport;
    private final Input input;

    /** Ends the connection's life in the pool. */
    private final Watch idleWatch = new Watch(this::expire);

    private int reusedTimes;
    private long sent;

    PooledConnection(RoutePool pool, Transport transport) {
        this.pool = pool;
        this.transport = transport;
        this.input = new Input(transport);
    }

    public Transport transport() {
        return transport;
    }

    public Input input() {
        return input;
    }

    /** How often it came out of the pool; 0 for a fresh one. */
    public int reusedTimes() {
        return reusedTimes;
    }

    /** How many octets were given to it in all, those of a failed write included. */
    public long sent() {
        return sent;
    }

    public void send(byte[] octets, int offset, int length, long expiresAt) throws IOException {
        ByteBuffer from = ByteBuffer.wrap(octets, offset, length);
        try {
            transport.write(from, expiresAt);
        } finally {
            sent += from.position() - offset;
        }
    }

    RoutePool pool() {
        return pool;
    }

    void rest(long until) {
        idleWatch.arm(until);
    }

    /** Takes it out of its rest; false if it can no longer be used. */
    boolean wake() {
        reusedTimes++;
        return idleWatch.disarm() && input.quiet();
    }

    private void expire() {
        if (pool.removeIdle(this)) {
            pool.close(this);
        }
    }

    void close() {
        idleWatch.cancel();
        transport.closeInOrder();
    }
}

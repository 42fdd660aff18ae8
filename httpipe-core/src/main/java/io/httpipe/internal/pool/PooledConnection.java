package io.httpipe.internal.pool;

import io.httpipe.internal.connect.Input;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.connect.Watch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A connection and what is known of it. Between {@link ConnectionPool#acquire} and {@link ConnectionPool#release} or
 * {@link ConnectionPool#discard} it belongs to one owner, who alone may use it.
 */
public final class PooledConnection {
    private RoutePool pool;
    private Transport transport;
    private Input input;

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

    /** Goes on over another transport, TLS over this one, as a connection of another route. */
    void become(RoutePool securedPool, Transport secured) {
        pool = securedPool;
        transport = secured;
        input = new Input(secured);
    }

    public Route route() {
        return pool.route();
    }

    /** Sends part of a file; how many octets of it went out. */
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        long out = transport.send(file, position, count, expiresAt);
        sent += out;
        return out;
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

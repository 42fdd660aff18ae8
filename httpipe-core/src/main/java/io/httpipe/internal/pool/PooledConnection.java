package io.httpipe.internal.pool;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.OperationTimer;
import io.httpipe.internal.connect.ReadBuffer;
import io.httpipe.internal.connect.TlsTransport;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.connect.WaitStrategy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a pool. Until it is opened, it is only a slot. From {@link ConnectionPool#acquire} to {@link
 * ConnectionPool#release} or {@link ConnectionPool#discard} it has one owner, and only the owner may use it.
 */
public final class PooledConnection implements OperationTimer.Owner {
    /** A check this soon after the last read proves little, because unexpected bytes may still be on their way. */
    private static final long RECENT_NANOS = 20_000;

    private final ConnectionPool owner;

    /**
     * Whether the pool no longer counts this connection, which may still have an owner. Guarded by the {@link
     * PoolLock}.
     */
    boolean removed;

    private final long createdAt = NanoClock.now();

    /** Removes the connection from the pool at {@link #usableUntil} if it is still idle then. */
    private final OperationTimer idleTimer = new OperationTimer(this);

    private RoutePool pool;
    private volatile @Nullable Transport transport;

    /** The timeouts of the call that opens the connection; null before the opening, and when the connection is open. */
    private volatile @Nullable CallTimeouts openingTimeouts;

    /** Whether {@link #forceClose} has been called. Set before the socket is closed. */
    private volatile boolean forceClosed;

    private @Nullable ReadBuffer input;
    private int reusedTimes;
    private long sent;

    /** The bytes of the write that is under way; null if there is none. */
    private volatile @Nullable ByteBuffer writing;

    /** Where that write began in its buffer. */
    private int writingFrom;

    /** Volatile because one thread may send while another thread receives. */
    private volatile boolean writeFailed;

    /** The end of the keep-alive time that the server announced last. */
    private long serverKeepsUntil = NanoClock.NEVER;

    /** When the connection can no longer be reused; set at each release. */
    private long usableUntil;

    /** The index of this connection in the list of its {@link RoutePool}. Guarded by the {@link PoolLock}. */
    int index;

    private long leasedAt;

    /** When the connection last became idle. */
    private long idleSince;

    private boolean checkBeforeNextUse;

    /**
     * Written by the owner, or by the thread that leases the connection to the owner. Other threads read this field for
     * messages, and when the client is closed.
     */
    private volatile @Nullable Object holder;

    PooledConnection(ConnectionPool owner, RoutePool pool) {
        this.owner = owner;
        this.pool = pool;
    }

    void startLease(Object newHolder, long now) {
        leasedAt = now;
        holder = newHolder;
    }

    void endLease() {
        holder = null;
    }

    /**
     * Marks this connection as held by a stream that the calling thread has opened and that outlives the current call.
     */
    public void keepOpen() {
        Object present = holder;
        if (present != null) {
            holder = ConnectionHolder.of("", present);
        }
    }

    /** What the connection is leased for; null if it is not leased. */
    @Nullable
    Object holder() {
        return holder;
    }

    long leasedAt() {
        return leasedAt;
    }

    long idleSince() {
        return idleSince;
    }

    boolean isOpened() {
        return transport != null;
    }

    /** Lets {@link #forceClose} abort the opening that begins now. */
    void startOpening(CallTimeouts timeouts) {
        openingTimeouts = timeouts;
    }

    void open(Transport opened) {
        transport = opened;
        openingTimeouts = null;
        input = new ReadBuffer(opened);
    }

    public Transport transport() {
        return Objects.requireNonNull(transport, "not opened");
    }

    public ReadBuffer input() {
        return Objects.requireNonNull(input, "not opened");
    }

    /** How many times the connection has been reused; 0 if it is new. */
    public int reusedTimes() {
        return reusedTimes;
    }

    /**
     * The number of bytes written in total. The bytes of a failed write are included, those of a failed file transfer
     * are not. Another thread may call this method during a write, because a request that has been sent in part must
     * not look unsent. At the moment when a write ends, its bytes may be counted twice.
     */
    public long sent() {
        ByteBuffer current = writing;
        return current == null ? sent : sent + current.position() - writingFrom;
    }

    public Route route() {
        return pool.route;
    }

    /** How calls of this route wait for their responses. */
    public WaitStrategy waitStrategy() {
        return pool.waitStrategy;
    }

    /** How many connections of this route are leased. The result may be outdated. */
    public int leasedOnRoute() {
        return pool.leased();
    }

    /** Sets how long the server keeps the connection, in nanoseconds from now. */
    public void serverKeepAlive(long nanos) {
        serverKeepsUntil = NanoClock.after(nanos);
    }

    /** Sends part of a file; returns how many bytes were sent. */
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        long written;
        try {
            written = transport().send(file, position, count, expiresAt);
        } catch (IOException e) {
            writeFailed = true;
            throw e;
        }
        sent += written;
        return written;
    }

    public void send(byte[] bytes, int offset, int length, long expiresAt) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        writingFrom = offset;
        writing = buffer;
        try {
            transport().write(buffer, expiresAt);
        } catch (IOException e) {
            writeFailed = true;
            throw e;
        } finally {
            sent += buffer.position() - offset;
            writing = null;
        }
    }

    /**
     * Whether the server intended the end of the received data. After a failed write without TLS, this is uncertain:
     * the system reports a reset only to the failed write, and a later read sees a normal end. TLS marks the end
     * explicitly.
     */
    public boolean isEndTrustworthy() {
        return !writeFailed || transport instanceof TlsTransport;
    }

    /** Whether closing the client has closed this connection while its owner used it. */
    public boolean isForceClosed() {
        return forceClosed;
    }

    /** Whether the client is being closed, or was closed. */
    public boolean isPoolClosed() {
        return owner.isClosed();
    }

    RoutePool pool() {
        return pool;
    }

    /** Moves the connection to another route, with a TLS transport over the present one. */
    void switchTo(RoutePool securedPool, Transport secured) {
        pool = securedPool;
        open(secured);
    }

    /**
     * Sets the time until which the connection can be reused if it becomes idle now. Returns false if that time is
     * over.
     */
    boolean prepareIdle(long now, long idleTimeout, long maxLifetime) {
        idleSince = now;
        usableUntil = Math.min(
                serverKeepsUntil, Math.min(NanoClock.plus(now, idleTimeout), NanoClock.plus(createdAt, maxLifetime)));
        return now < usableUntil;
    }

    /** Starts the idle timer after {@link #prepareIdle}, or restarts it after {@link #checkUsable}. */
    void startIdleTimer() {
        idleTimer.arm(usableUntil);
    }

    /**
     * Counts a reuse, and stops the idle timer unless its time is over. Returns false if the connection is not usable.
     */
    boolean checkBeforeReuse(long now, ReusePolicy reuse) {
        reusedTimes++;
        boolean skipCheck = reuse == ReusePolicy.RECENT && !checkBeforeNextUse && wasDrainedRecently(now);
        checkBeforeNextUse = false;
        // The timer may fire a little late, so the time is compared too.
        return now < usableUntil && (skipCheck ? idleTimer.disarm() : checkUsable());
    }

    /**
     * Requires a check for received bytes before the next reuse. After a response without a body, the server may still
     * send one.
     */
    public void checkBeforeNextUse() {
        checkBeforeNextUse = true;
    }

    /**
     * Whether the last read was moments ago and took all received bytes. {@code now} is when the call began to
     * acquire a connection. Returns false if the last read was after {@code now}: the call has then waited for an
     * unknown time.
     */
    private boolean wasDrainedRecently(long now) {
        long drainedAt = transport().drainedAt();
        return drainedAt <= now
                && now - drainedAt < RECENT_NANOS
                && input().available() == 0
                && transport().isOpen();
    }

    /** Stops the idle timer without counting a reuse. Returns false if the connection is not usable. */
    boolean checkUsable() {
        return idleTimer.disarm() && input().quiet();
    }

    CloseReason reasonNotUsable() {
        return usableUntil <= NanoClock.now() ? CloseReason.IDLE : CloseReason.STALE;
    }

    @Override
    public void expired() {
        owner.expire(this);
    }

    /**
     * Closes the connection without waiting; only for its owner. Throws nothing, so that the caller can close others
     * too.
     */
    void close() {
        idleTimer.cancel();
        Transport present = transport;
        if (present != null) {
            try {
                present.closeInOrder();
            } catch (RuntimeException | Error e) {
                // For example, memory ran out. Close the socket without the closing messages of the protocol.
                present.close();
            }
        }
    }

    /**
     * Leaves the shared poller, so that {@link #close} frees the file descriptor at once; only while no thread uses the
     * connection.
     */
    void leavePoller() {
        try {
            transport().setDuplex(true);
        } catch (IOException e) {
            // The socket is closed, which frees the descriptor too.
        }
    }

    /**
     * Closes the socket while another thread may use it, or aborts its opening. The connection cannot become idle
     * again.
     */
    void forceClose() {
        forceClosed = true;
        idleTimer.cancel();
        CallTimeouts opening = openingTimeouts;
        if (opening != null) {
            opening.abortOpening();
        }
        Transport present = transport;
        if (present != null) {
            present.close();
        }
    }
}

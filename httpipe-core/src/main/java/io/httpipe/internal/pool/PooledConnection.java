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
 * A connection and what is known of it; at first only a place for one. Between {@link ConnectionPool#acquire} and
 * {@link ConnectionPool#release} or {@link ConnectionPool#discard} it belongs to one owner, who alone may use it.
 */
public final class PooledConnection implements OperationTimer.Owner {
    /** What comes within this time of the last read might as well be still on its way. */
    private static final long JUST_NOW = 20_000;

    private final ConnectionPool owner;

    /** Whether it has left its pool, while somebody may still have it; guarded by the owner's lock. */
    boolean gone;

    private final long since = NanoClock.now();

    /** Ends the connection's life in the pool. */
    private final OperationTimer idleWatch = new OperationTimer(this);

    private RoutePool pool;
    private volatile @Nullable Transport transport;

    /** The time of the call that is opening it; null before and afterwards. */
    private volatile @Nullable CallTimeouts opening;

    /** Set before the client's closing closes the socket under whoever uses it. */
    private volatile boolean severed;

    private @Nullable ReadBuffer input;
    private int reusedTimes;
    private long sent;

    /** Set by whoever writes, which need not be whoever reads. */
    private volatile boolean writeFailed;

    /** Until when the server means to keep it, as it said last. */
    private long keptUntil = NanoClock.NEVER;

    /** Until when it can be used, as was settled when it came back last. */
    private long restUntil;

    /** Where it is in the list of its pool, which the owner's lock guards. */
    int place;

    private long leasedAt;

    /** Since when it has been idle, or was last. */
    private long idleSince;

    private boolean suspect;

    /** Set by whoever has it, or gives it to somebody; others read it only to tell of it. */
    private volatile @Nullable Object holder;

    PooledConnection(ConnectionPool owner, RoutePool pool) {
        this.owner = owner;
        this.pool = pool;
    }

    /** Gives it to an owner. */
    void lend(Object to, long now) {
        leasedAt = now;
        holder = to;
    }

    /** Ends the lease, and forgets what it was for. */
    void takeBack() {
        holder = null;
    }

    /** Tells that what the calling thread has opened with it holds it beyond the present call. */
    public void keepOpen() {
        Object present = holder;
        if (present != null) {
            holder = ConnectionHolder.of("", present);
        }
    }

    /** What it was leased for; null if it is not. */
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

    /** Tells that a call sets about opening it. */
    void opening(CallTimeouts budget) {
        opening = budget;
    }

    void open(Transport opened) {
        transport = opened;
        opening = null;
        input = new ReadBuffer(opened);
    }

    public Transport transport() {
        return Objects.requireNonNull(transport, "not opened");
    }

    public ReadBuffer input() {
        return Objects.requireNonNull(input, "not opened");
    }

    /** How often it came out of the pool; 0 for a fresh one. */
    public int reusedTimes() {
        return reusedTimes;
    }

    /** How many octets were given to it in all, those of a failed write included. */
    public long sent() {
        return sent;
    }

    public Route route() {
        return pool.route;
    }

    /** How calls over this route wait for their answers. */
    public WaitStrategy courtesy() {
        return pool.courtesy;
    }

    /** How many calls use a connection of this route, or did just now. */
    public int company() {
        return pool.leased();
    }

    /** Tells for how long the server means to keep the connection once it is idle. */
    public void serverKeepsFor(long nanos) {
        keptUntil = NanoClock.after(nanos);
    }

    /** Sends part of a file; how many octets of it went out. */
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        long out;
        try {
            out = transport().send(file, position, count, expiresAt);
        } catch (IOException e) {
            writeFailed = true;
            throw e;
        }
        sent += out;
        return out;
    }

    public void send(byte[] octets, int offset, int length, long expiresAt) throws IOException {
        ByteBuffer from = ByteBuffer.wrap(octets, offset, length);
        try {
            transport().write(from, expiresAt);
        } catch (IOException e) {
            writeFailed = true;
            throw e;
        } finally {
            sent += from.position() - offset;
        }
    }

    /**
     * Whether an end of what is received was the server's wish. A reset is told once only: where a write met it, a read
     * meets a plain end. TLS has its own word for the end.
     */
    public boolean endsCredibly() {
        return !writeFailed || transport instanceof TlsTransport;
    }

    /** Whether the closing of its client has closed it under whoever uses it. */
    public boolean isSevered() {
        return severed;
    }

    /** Whether its client is being closed, or has been. */
    public boolean isOfClosedPool() {
        return owner.isClosed();
    }

    RoutePool pool() {
        return pool;
    }

    /** Goes on over another transport, TLS over this one, as a connection of another route. */
    void become(RoutePool securedPool, Transport secured) {
        pool = securedPool;
        open(secured);
    }

    /** Settles until when it can be used if it rests from now on; false if that is not at all. */
    boolean mayRest(long now, long idleTimeout, long maxLifetime) {
        idleSince = now;
        restUntil = Math.min(keptUntil, Math.min(NanoClock.plus(now, idleTimeout), NanoClock.plus(since, maxLifetime)));
        return now < restUntil;
    }

    /** Begins its rest, or goes on with one that {@link #stillGood} has ended. */
    void rest() {
        idleWatch.arm(restUntil);
    }

    /** Takes it out of its rest; false if it can no longer be used. */
    boolean wake(long now, ReusePolicy reuse) {
        reusedTimes++;
        boolean spared = reuse == ReusePolicy.RECENT && !suspect && isRecent(now);
        suspect = false;
        // The watch may be a little late.
        return now < restUntil && (spared ? idleWatch.disarm() : stillGood());
    }

    /** Has the next who takes it look whether more has come: a response without a body may have one all the same. */
    public void lookNextTime() {
        suspect = true;
    }

    /** Whether it was read empty just now. Where that was after {@code now}, the call has waited, nobody knows how long. */
    private boolean isRecent(long now) {
        long drainedAt = transport().drainedAt();
        return drainedAt <= now
                && now - drainedAt < JUST_NOW
                && input().available() == 0
                && transport().isOpen();
    }

    /** Ends its rest without counting as a use; false if it can no longer be used. */
    boolean stillGood() {
        return idleWatch.disarm() && input().quiet();
    }

    /** Why it is no longer good. */
    CloseReason decay() {
        return restUntil <= NanoClock.now() ? CloseReason.IDLE : CloseReason.STALE;
    }

    @Override
    public void expired() {
        owner.expire(this);
    }

    /** Closes it; only for its owner. Nothing is thrown: whoever closes may have another connection in hand. */
    void close() {
        idleWatch.cancel();
        Transport open = transport;
        if (open != null) {
            try {
                open.closeInOrder();
            } catch (RuntimeException | Error e) {
                // For want of memory, say. The server does without a farewell then.
                open.close();
            }
        }
    }

    /** Prepares an idle connection so that {@link #close} frees its descriptor at once, and not after a poller's look. */
    void leavePoller() {
        try {
            transport().duplex(true);
        } catch (IOException e) {
            // It is closed, which frees the descriptor too.
        }
    }

    /** Closes the socket under whoever uses it, or ends its opening; it will not come back to its pool for a rest. */
    void sever() {
        severed = true;
        idleWatch.cancel();
        CallTimeouts budget = opening;
        if (budget != null) {
            budget.breakOff();
        }
        Transport open = transport;
        if (open != null) {
            open.close();
        }
    }
}

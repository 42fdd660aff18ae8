package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.GrowingBuffer;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.pool.ReusePolicy;
import io.httpipe.internal.pool.Route;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes one request with a connection of the pool. After {@link #start} the call holds the connection until the body
 * has been read to its end, or the call is closed. One thread at a time may use a call. Any thread may call {@link
 * #close} or {@link #abandon}; both end a read of another thread.
 */
public sealed class Call implements BodySource permits RecordedCall {
    private static final VarHandle CONVERSATION;
    private static final VarHandle BUSY;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CONVERSATION = lookup.findVarHandle(Call.class, "conversation", Conversation.class);
            BUSY = lookup.findVarHandle(Call.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ConnectionPool pool;
    private final Outgoing request;
    private final Route route;
    private final CallTimeouts timeouts;
    private final WireLimits limits;

    /** The limit of the body in bytes, before decoding. */
    private long maxBodySize;

    /** Whether the caller reads the body, even while the request is still being sent. */
    private final boolean streamed;

    private long bytesRead;
    private int reusedTimes;
    private boolean sentWhole;

    /** Whether a proxy may have refused the request without reading its body. Squid then never reads it. */
    private boolean unreadByProxy;

    /** Null before the start, and after a thread has taken it to settle the connection. */
    private volatile @Nullable Conversation conversation;

    /** Whether a thread is inside {@link #read}, {@link #readOn}, {@link #available} or the drain of {@link #close}. */
    private volatile boolean busy;

    /** The facts when the caller closed the response; null before that. {@link #closedMeanwhile} reports them. */
    private volatile CallFailedException.@Nullable Facts closed;

    /** Why {@link #close} could not send the whole request; null if it could, or if the caller knows already. */
    private @Nullable CallFailedException unreported;

    private @Nullable LeakDetector leakDetector;
    private boolean ended;
    private FieldLines trailers = FieldLines.EMPTY;

    Call(
            ConnectionPool pool,
            Outgoing request,
            Route route,
            CallTimeouts timeouts,
            WireLimits limits,
            long maxBodySize,
            boolean streamed) {
        this.pool = pool;
        this.request = request;
        this.route = route;
        this.timeouts = timeouts;
        this.limits = limits;
        this.maxBodySize = maxBodySize;
        this.streamed = streamed;
    }

    /** Sends the request and reads the response head. If a reused connection is dead and a retry is safe, makes one. */
    public ResponseHead start() throws CallFailedException {
        boolean open = false;
        try {
            ResponseHead head = firstOrSecondAttempt();
            Conversation started = Objects.requireNonNull(conversation);
            requireLength(started);
            reusedTimes = started.connection().reusedTimes();
            unreadByProxy = head.status() >= 400 && request.body() != null && isForwarded();
            open = !started.settled();
            return head;
        } catch (IOException e) {
            throw failed(e, conversation, false);
        } finally {
            if (!open) {
                settle();
            }
        }
    }

    /**
     * Closes the connection if the caller drops this call without closing it.
     *
     * @param trace whether to remember the stack trace of this method's caller for the warning
     */
    public void detectLeak(boolean trace) {
        Conversation current = conversation;
        if (current != null) {
            current.connection().keepOpen();
            leakDetector = new LeakDetector(this, pool, current, trace);
        }
    }

    private ResponseHead firstOrSecondAttempt() throws IOException {
        try {
            return attempt(reusePolicy());
        } catch (IOException e) {
            if (!mayTryAgain(e)) {
                throw e;
            }
            settle();
            return attempt(ReusePolicy.NONE);
        }
    }

    /** Fails if the response announces a body that is too large. */
    void requireLength(Conversation started) throws BodyLimitException {
        if (started.remaining() > maxBodySize) {
            throw tooLarge(started);
        }
    }

    /** Which idle connections the first attempt may reuse. */
    ReusePolicy reusePolicy() {
        return request.repeatable() ? ReusePolicy.RECENT : ReusePolicy.CHECKED;
    }

    /** Changes the limit of the body. Must be called before a byte of the body has been read. */
    final void limitBody(long bytes) {
        maxBodySize = bytes;
    }

    /** The limit of the body as error messages report it. */
    long namedLimit() {
        return maxBodySize;
    }

    /** Called when the conversation is about to give up its connection. */
    void settling(Conversation current) {}

    /** The conversation; null before the start, and after the connection has been settled. */
    final @Nullable Conversation conversation() {
        return conversation;
    }

    private ResponseHead attempt(ReusePolicy reuse) throws IOException {
        PooledConnection connection = pool.acquire(route, timeouts, reuse, request);
        Conversation started;
        try {
            request.useRoute(connection.route());
            started = Conversation.over(connection, request, timeouts, limits);
        } catch (RuntimeException | Error e) {
            pool.discard(connection);
            throw e;
        }
        conversation = started;
        started.send(streamed ? -1 : maxBodySize, false);
        return takeFinalHead(started);
    }

    ResponseHead takeFinalHead(Conversation started) throws IOException {
        return started.takeFinalHead();
    }

    /**
     * Whether a connection from the pool turned out to be dead, and the request can be sent again with the same effect:
     * RFC 9112, section 9.3.1.
     */
    private boolean mayTryAgain(IOException e) {
        boolean dead = !(e instanceof ExpiredException)
                && !(e instanceof MalformedException)
                && !(e instanceof BodyFailedException)
                && !Thread.currentThread().isInterrupted();
        Conversation current = conversation;
        return dead
                && current != null
                && current.connection().reusedTimes() > 0
                && current.bytesReceived() == 0
                && request.repeatable()
                && !pool.isClosed();
    }

    /** How many times the connection had been reused. */
    public int reusedTimes() {
        return reusedTimes;
    }

    /** The number of body bytes still to come; -1 if it is unknown. */
    public long remaining() {
        Conversation current = conversation;
        return current == null ? 0 : current.remaining();
    }

    @Override
    public FieldLines trailers() {
        Conversation current = conversation;
        return current == null ? trailers : current.trailers();
    }

    @Override
    public int read(byte[] into, int offset, int count) throws CallFailedException {
        return read(into, offset, count, false);
    }

    @Override
    public int readOn(byte[] into, int offset, int count) throws CallFailedException {
        return read(into, offset, count, true);
    }

    private int read(byte[] into, int offset, int count, boolean goesOn) throws CallFailedException {
        if (!BUSY.compareAndSet(this, false, true)) {
            throw unreadable(goesOn, "the body is being read, or closed, by another thread");
        }
        try {
            return readAndSettle(into, offset, count, goesOn);
        } finally {
            busy = false;
        }
    }

    /** Throws the failure of a continued read of a closed response. Otherwise returns the exception for a mistake. */
    private IllegalStateException unreadable(boolean goesOn, String mistake) throws CallFailedException {
        if (goesOn && closed != null) {
            throw closedMeanwhile();
        }
        return new IllegalStateException(mistake);
    }

    /** Returns the failure of an operation of several reads during which the caller has closed the response. */
    public CallFailedException closedMeanwhile() {
        CallFailedException.Facts facts = closed;
        return new CallFailedException(
                new AsynchronousCloseException(),
                facts == null ? CallFailedException.closed(this, conversation) : facts);
    }

    /** Whether the caller has closed the response, or is closing it, before its end was read. */
    public boolean isClosed() {
        return closed != null;
    }

    @Override
    public int available() {
        if (!BUSY.compareAndSet(this, false, true)) {
            return 0;
        }
        try {
            Conversation current = conversation;
            return current == null ? 0 : current.available();
        } finally {
            busy = false;
        }
    }

    /** Reads what has arrived of the body. Settles the connection at the end of the body or after an error. */
    private int readAndSettle(byte[] into, int offset, int count, boolean goesOn) throws CallFailedException {
        Conversation current = conversation;
        if (current == null) {
            if (ended) {
                return -1;
            }
            throw unreadable(goesOn, "the response has been closed");
        }
        boolean open = false;
        try {
            int bytes = current.readBody(into, offset, count);
            bytesRead += Math.max(0, bytes);
            if (bytesRead > maxBodySize) {
                throw tooLarge(current);
            }
            open = !current.settled();
            return bytes;
        } catch (IOException e) {
            throw failed(e, current, conversation == null);
        } finally {
            if (!open) {
                settle();
            }
        }
    }

    /** Reads the whole body and gives the connection back. */
    public byte[] readAll() throws CallFailedException {
        try {
            long announced = remaining();
            // One byte more than allowed shows that the body is too large.
            long limit = announced < 0 ? maxBodySize + 1 : announced;
            byte[] body = GrowingBuffer.first(limit, announced >= 0);
            int length = 0;
            while (length != announced) {
                if (length == body.length) {
                    body = GrowingBuffer.larger(body, limit);
                }
                int bytes = readAndSettle(body, length, body.length - length, false);
                if (bytes < 0) {
                    return GrowingBuffer.trimmed(body, length);
                }
                length += bytes;
            }
            conclude();
            return body;
        } finally {
            close();
        }
    }

    /** Fails if the request was not sent whole although its response accepts it. */
    private void conclude() throws CallFailedException {
        Conversation current = conversation;
        if (current != null) {
            try {
                current.conclude();
            } catch (IOException e) {
                throw failed(e, current, false);
            }
        }
    }

    public SocketAddress address() {
        return request.address();
    }

    /** Whether the request goes to a forward proxy. A proxy with a tunnel does not see the request. */
    private boolean isForwarded() {
        ProxyIdentity proxy = request.proxy();
        return proxy != null && proxy.isForward();
    }

    /** The proxy that the call goes through; null for none. */
    public @Nullable ProxyIdentity proxy() {
        return request.proxy();
    }

    public Outgoing request() {
        return request;
    }

    /** The limit of the body in bytes; {@link Long#MAX_VALUE} for none. */
    public long maxBodySize() {
        return maxBodySize;
    }

    /** Whether the call holds a connection. */
    public boolean isOpen() {
        return conversation != null;
    }

    /** Whether the request is still being sent. */
    public boolean isSending() {
        Conversation current = conversation;
        return current != null && current.isSending();
    }

    /** Whether the whole request was sent; false while it is being sent. */
    public boolean sentWhole() {
        Conversation current = conversation;
        return current == null ? sentWhole : current.sentWhole();
    }

    /**
     * Ends the call. Reads the rest of the body if it is short and arrives soon, so that the connection can be reused.
     * Otherwise, and while another thread is reading or closing, closes the connection. Once it has ended, another call
     * does nothing.
     */
    @Override
    public void close() {
        if (conversation == null) {
            return;
        }
        remember();
        if (!BUSY.compareAndSet(this, false, true)) {
            abandon();
            return;
        }
        try {
            Conversation current = conversation;
            if (current == null) {
                return;
            }
            try {
                current.drain();
                IOException failure = current.unreportedFailure();
                unreported = failure == null ? null : failed(failure, current, false);
            } finally {
                settle();
                // Nobody has read the drained bytes. A later read must not report an empty body.
                ended = false;
            }
        } finally {
            busy = false;
        }
    }

    /** Ends the call like {@link #close}. Fails if the upload has failed and the caller does not know that yet. */
    public void finish() throws CallFailedException {
        close();
        CallFailedException failure = unreported;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void readBy(long deadline) {
        timeouts.tighten(deadline);
    }

    @Override
    public boolean canBeAbandoned() {
        return true;
    }

    @Override
    public void abandon() {
        remember();
        Conversation current = take();
        if (current != null) {
            current.abandonSending();
            sentWhole = current.sentWhole();
            settling(current);
            current.connection().transport().close();
            pool.discard(current.connection());
        }
    }

    /** Remembers the facts, before another thread can find the response closed. */
    private void remember() {
        Conversation current = conversation;
        if (current != null) {
            closed = CallFailedException.closed(this, current);
        }
    }

    /** Gives the connection back, or closes it if it cannot be reused. Does nothing if another thread has done that. */
    private void settle() {
        Conversation current = take();
        if (current == null) {
            return;
        }
        boolean reusable = false;
        try {
            current.abandonSending();
            ended = current.ended();
            sentWhole = current.sentWhole();
            trailers = current.trailers();
            settling(current);
            reusable = current.reusable() && !unreadByProxy;
        } finally {
            if (reusable) {
                pool.release(current.connection());
            } else {
                pool.discard(current.connection());
            }
        }
    }

    /** Takes the conversation. Only one thread gets it, and settles the connection; the others get null. */
    private @Nullable Conversation take() {
        Conversation taken = (Conversation) CONVERSATION.getAndSet(this, null);
        if (taken != null && leakDetector != null) {
            leakDetector.settled();
        }
        return taken;
    }

    final CallFailedException failed(IOException error, @Nullable Conversation current, boolean closed) {
        PooledConnection connection = current == null ? null : current.connection();
        return CallFailedException.of(error, request.address(), timeouts, connection, current, closed);
    }

    private BodyLimitException tooLarge(Conversation current) {
        timeouts.enterWithoutWait(CallStep.BODY);
        return BodyLimitException.tooLarge(
                namedLimit(), current.remaining() < 0 ? -1 : bytesRead + current.remaining(), request);
    }
}

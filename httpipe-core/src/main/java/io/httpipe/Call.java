package io.httpipe;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.GrowingBuffer;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.pool.ReusePolicy;
import io.httpipe.internal.pool.Route;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request's way from the pool and back to it. After {@link #start} it holds a connection, until the body has been
 * read to its end or {@link #close} settles what becomes of it. Belongs to one thread; another may read the body
 * for it, and is then ended by the close.
 */
final class Call implements BodyReader.Source {
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
    private final Request request;
    private final Route route;
    private final CallTimeouts budget;
    private final WireLimits limits;

    /** The most octets that the body may have. */
    private final long maxSize;

    /** Whether the caller reads the body, also while the request is still being sent. */
    private final boolean streamed;

    private long read;
    private int reusedTimes;
    private boolean sentWhole;

    /** Null before the start, and after the connection has been settled by whoever took it from here. */
    private volatile @Nullable Conversation conversation;

    /** Whether a thread is reading the body, or what is left of it as the call ends. */
    private volatile boolean busy;

    /** Why the request was not sent whole before {@link #close} ended; null if it was, or somebody has been told. */
    private @Nullable HttpipeException lost;

    private @Nullable LeakDetector guard;
    private boolean ended;
    private Headers trailers = Headers.EMPTY;

    Call(
            ConnectionPool pool,
            Request request,
            Route route,
            CallTimeouts budget,
            WireLimits limits,
            long maxSize,
            boolean streamed) {
        this.pool = pool;
        this.request = request;
        this.route = route;
        this.budget = budget;
        this.limits = limits;
        this.maxSize = maxSize;
        this.streamed = streamed;
    }

    /** Sends the request and reads the head of its response, over a second connection where that is safe. */
    ResponseHead start() throws HttpipeException {
        boolean goesOn = false;
        try {
            ResponseHead head = firstOrSecondAttempt();
            if (talk().remaining() > maxSize) {
                throw tooLarge(talk());
            }
            reusedTimes = talk().connection().reusedTimes();
            goesOn = !talk().settled();
            return head;
        } catch (IOException e) {
            throw ErrorMapping.of(e, request.endpoint(), budget, conversation);
        } finally {
            if (!goesOn) {
                settle();
            }
        }
    }

    /** Sees to it that the connection does not get lost with this call. */
    void guard(boolean trace) {
        Conversation talk = conversation;
        if (talk != null) {
            talk.connection().keepOpen();
            guard = new LeakDetector(this, pool, talk, trace);
        }
    }

    private ResponseHead firstOrSecondAttempt() throws IOException {
        try {
            return attempt(request.parts().repeatable() ? ReusePolicy.RECENT : ReusePolicy.TESTED);
        } catch (IOException e) {
            if (!mayTryAgain(e)) {
                throw e;
            }
            settle();
            return attempt(ReusePolicy.NONE);
        }
    }

    private ResponseHead attempt(ReusePolicy reuse) throws IOException {
        PooledConnection connection = pool.acquire(route, budget, reuse, request);
        Conversation talk;
        try {
            request.foundUnder(connection.route());
            talk = new Conversation(connection, request, budget, limits);
        } catch (RuntimeException | Error e) {
            pool.discard(connection);
            throw e;
        }
        conversation = talk;
        talk.send(streamed ? -1 : maxSize, false);
        return talk.takeFinalHead();
    }

    /**
     * Whether a connection from the pool turned out to be dead, and the request can be repeated unnoticed: RFC 9112,
     * section 9.3.1.
     */
    private boolean mayTryAgain(IOException e) {
        boolean dead = !(e instanceof ExpiredException)
                && !(e instanceof MalformedException)
                && !(e instanceof HttpipeException)
                && !Thread.currentThread().isInterrupted();
        Conversation talk = conversation;
        return dead
                && talk != null
                && talk.connection().reusedTimes() > 0
                && talk.bytesReceived() == 0
                && request.parts().repeatable()
                && !pool.isClosed();
    }

    /** How often the connection had been used before this call. */
    int reusedTimes() {
        return reusedTimes;
    }

    Endpoint endpoint() {
        return request.endpoint();
    }

    /** How much of the body is still to come; -1 if nobody knows. */
    long remaining() {
        Conversation talk = conversation;
        return talk == null ? 0 : talk.remaining();
    }

    @Override
    public Headers trailers() {
        Conversation talk = conversation;
        return talk == null ? trailers : Headers.of(talk.trailers());
    }

    @Override
    public int read(byte[] into, int offset, int count) throws HttpipeException {
        if (!BUSY.compareAndSet(this, false, true)) {
            throw new IllegalStateException("the body is being read, or closed, by another thread");
        }
        try {
            return readAlone(into, offset, count);
        } finally {
            busy = false;
        }
    }

    @Override
    public int available() {
        if (!BUSY.compareAndSet(this, false, true)) {
            return 0;
        }
        try {
            Conversation talk = conversation;
            return talk == null ? 0 : talk.available();
        } finally {
            busy = false;
        }
    }

    /** Reads what is there of the body; its end, or an error, settles the connection. */
    private int readAlone(byte[] into, int offset, int count) throws HttpipeException {
        Conversation talk = conversation;
        if (talk == null) {
            if (ended) {
                return -1;
            }
            throw new IllegalStateException("the response has been closed");
        }
        boolean more = false;
        try {
            int octets = talk.readBody(into, offset, count);
            read += Math.max(0, octets);
            if (read > maxSize) {
                throw tooLarge(talk);
            }
            more = !talk.settled();
            return octets;
        } catch (IOException e) {
            HttpipeException failure = ErrorMapping.of(e, request.endpoint(), budget, talk);
            if (conversation == null) {
                String what = "the response was closed by another thread";
                failure = ErrorMapping.ofClosed(what, failure, ErrorMapping.facts(request.endpoint(), budget, talk));
            }
            throw failure;
        } finally {
            if (!more) {
                settle();
            }
        }
    }

    /** Reads the whole body and gives the connection back. */
    byte[] readAll() throws HttpipeException {
        try {
            long announced = remaining();
            // One more than allowed is enough to tell that it is too much.
            long most = announced < 0 ? maxSize + 1 : announced;
            byte[] body = GrowingBuffer.first(most, announced >= 0);
            int length = 0;
            while (length != announced) {
                if (length == body.length) {
                    body = GrowingBuffer.larger(body, most);
                }
                int octets = readAlone(body, length, body.length - length);
                if (octets < 0) {
                    return GrowingBuffer.trimmed(body, length);
                }
                length += octets;
            }
            conclude();
            return body;
        } finally {
            close();
        }
    }

    /** Fails if the request was lost behind a response that accepts it. */
    private void conclude() throws HttpipeException {
        Conversation talk = conversation;
        if (talk != null) {
            try {
                talk.conclude();
            } catch (IOException e) {
                throw ErrorMapping.of(e, request.endpoint(), budget, talk);
            }
        }
    }

    /** Whether the request is still being sent. */
    boolean isSending() {
        Conversation talk = conversation;
        return talk != null && talk.isSending();
    }

    /** Whether the request was sent whole; false while it is still being sent. */
    boolean sentWhole() {
        Conversation talk = conversation;
        return talk == null ? sentWhole : talk.sentWhole();
    }

    /**
     * Ends the call. What is left of the body is read if that is little and quick, to save the connection; else, and
     * where somebody is still reading it, the connection is closed. A second time does nothing.
     */
    @Override
    public void close() {
        if (conversation == null) {
            return;
        }
        if (!BUSY.compareAndSet(this, false, true)) {
            abandon();
            return;
        }
        try {
            Conversation talk = conversation;
            if (talk == null) {
                return;
            }
            try {
                talk.drained();
                IOException failure = talk.lostUnheard();
                lost = failure == null ? null : ErrorMapping.of(failure, request.endpoint(), budget, talk);
            } finally {
                settle();
                // What was drained nobody has read: whoever reads on must not take it for an empty body.
                ended = false;
            }
        } finally {
            busy = false;
        }
    }

    /** Ends the call as {@link #close} does; fails if an upload was lost by then that nobody has been told of. */
    void finish() throws HttpipeException {
        close();
        HttpipeException failure = lost;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void readBy(long deadline) {
        budget.tighten(deadline);
    }

    @Override
    public boolean canBeAbandoned() {
        return true;
    }

    @Override
    public void abandon() {
        Conversation talk = take();
        if (talk != null) {
            talk.abandonSending();
            talk.connection().transport().close();
            pool.discard(talk.connection());
        }
    }

    /** Gives the connection back, or closes it if it cannot be used again; nothing happens if it is gone already. */
    private void settle() {
        Conversation talk = take();
        if (talk == null) {
            return;
        }
        boolean reusable = false;
        try {
            talk.abandonSending();
            ended = talk.ended();
            sentWhole = talk.sentWhole();
            trailers = Headers.of(talk.trailers());
            reusable = talk.reusable();
        } finally {
            if (reusable) {
                pool.release(talk.connection());
            } else {
                pool.discard(talk.connection());
            }
        }
    }

    /** Whoever gets the conversation settles what becomes of its connection; null for all others. */
    private @Nullable Conversation take() {
        Conversation talk = (Conversation) CONVERSATION.getAndSet(this, null);
        if (talk != null && guard != null) {
            guard.settled();
        }
        return talk;
    }

    private Conversation talk() {
        return Objects.requireNonNull(conversation, "the call has not been started");
    }

    private HttpipeException tooLarge(Conversation talk) {
        long announced = talk.remaining() < 0 ? -1 : read + talk.remaining();
        return ErrorMapping.tooLarge(maxSize, announced, "stream() it", request.endpoint(), budget, talk);
    }
}

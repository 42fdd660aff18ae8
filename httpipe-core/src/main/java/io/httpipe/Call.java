package io.httpipe;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.pool.Route;
import io.httpipe.internal.wire.Head;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One request's way from the pool and back to it. Belongs to one thread.
 */
final class Call {
    /** The first size of an array for a body of unknown, or not yet believed, length. */
    private static final int FIRST_ROOM = 1 << 16;

    private final ConnectionPool pool;
    private final Request request;
    private final Endpoint endpoint;
    private final Route route;
    private final Budget budget;
    private final Limits limits;
    private @Nullable Conversation conversation;

    Call(ConnectionPool pool, Request request, Route route, Budget budget, Limits limits) {
        this.pool = pool;
        this.request = request;
        this.endpoint = request.endpoint();
        this.route = route;
        this.budget = budget;
        this.limits = limits;
    }

    /** Makes the whole call and gives the connection back. */
    Response run() throws HttpipeException {
        try {
            Head head = start();
            Conversation talk = talk();
            byte[] body = readAll(talk, maxSize());
            return new Response(
                    head.status(),
                    head.reason(),
                    head.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1,
                    new Headers(head.fields()),
                    body,
                    new Headers(talk.trailers()),
                    talk.connection().reusedTimes());
        } catch (IOException e) {
            throw failure(e);
        } finally {
            close();
        }
    }

    /** Sends the request and reads the head of its response, over a second connection where that is safe. */
    private Head start() throws IOException {
        try {
            return attempt(false);
        } catch (IOException e) {
            if (!mayTryAgain(e)) {
                throw e;
            }
            close();
            return attempt(true);
        }
    }

    private Head attempt(boolean fresh) throws IOException {
        PooledConnection connection = pool.acquire(route, budget, fresh);
        Conversation talk = new Conversation(connection, budget, limits.wire());
        conversation = talk;
        talk.send(request);
        return talk.receiveHead(request.method());
    }

    /**
     * Whether a connection from the pool turned out to be dead, and the request can be repeated unnoticed: RFC 9112,
     * section 9.3.1.
     */
    private boolean mayTryAgain(IOException e) {
        boolean dead = !(e instanceof ExpiredException)
                && !(e instanceof MalformedException)
                && !Thread.currentThread().isInterrupted();
        return dead
                && conversation != null
                && conversation.connection().reusedTimes() > 0
                && conversation.bytesReceived() == 0
                && request.idempotent()
                && !pool.isClosed();
    }

    private Conversation talk() {
        return Objects.requireNonNull(conversation, "the call has not been started");
    }

    private long maxSize() {
        long max = request.maxSize() < 0 ? limits.bodyBytes() : request.maxSize();
        return Math.min(max, Integer.MAX_VALUE - 16);
    }

    private byte[] readAll(Conversation talk, long maxSize) throws IOException {
        long announced = talk.announcedLength();
        if (announced > maxSize) {
            throw new BodyTooLargeException(maxSize, facts());
        }
        // Room grows with what comes, not with what is promised.
        byte[] body = new byte[announced < 0 ? 0 : (int) Math.min(announced, FIRST_ROOM)];
        int length = 0;
        while (true) {
            if (length == body.length) {
                long grown = Math.max(Math.min(FIRST_ROOM, maxSize), Math.min(2L * length, maxSize));
                if (announced == length) {
                    // The end is next, and of a body with a length that is known already.
                    return body;
                }
                body = Arrays.copyOf(body, (int) (announced < 0 ? grown : Math.min(grown, announced)));
            }
            int read = talk.readBody(body, length, body.length - length);
            if (read < 0) {
                return length == body.length ? body : Arrays.copyOf(body, length);
            }
            length += read;
        }
    }

    /** Settles what becomes of the connection; after the first time, nothing more happens. */
    private void close() {
        Conversation talk = conversation;
        conversation = null;
        if (talk != null) {
            if (talk.reusable()) {
                pool.release(talk.connection());
            } else {
                pool.discard(talk.connection());
            }
        }
    }

    private HttpipeException.Facts facts() {
        Conversation talk = conversation;
        long sent = talk == null ? 0 : talk.bytesSent();
        return new HttpipeException.Facts(
                Phase.of(budget.step()),
                endpoint,
                talk == null ? 0 : talk.connection().reusedTimes(),
                sent,
                talk == null ? 0 : talk.bytesReceived(),
                sent == 0 || request.idempotent());
    }

    /** The failure as the caller is to see it. */
    private HttpipeException failure(IOException e) {
        HttpipeException.Facts facts = facts();
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (e instanceof HttpipeException known) {
            return known;
        }
        // An interrupt closes the channel, and every operation on it then fails in a way of its own.
        if (Thread.currentThread().isInterrupted() && e instanceof ClosedChannelException) {
            return new CancelledException(facts, e);
        }
        if (e instanceof ExpiredException) {
            return new TimedOutException("exceeded the " + budget.limit(), facts, e);
        }
        if (e instanceof MalformedException) {
            return new MalformedResponseException(message, facts, e);
        }
        return switch (facts.phase()) {
            case ACQUIRE, RESOLVE, CONNECT -> {
                String what = e instanceof UnknownHostException ? "unknown host" : message;
                yield new ConnectFailedException(what, facts, e);
            }
            case TLS -> new TlsFailedException(message, facts, e);
            case SEND, HEAD, BODY ->
                e instanceof SSLException
                        ? new TlsFailedException(message, facts, e)
                        : new ConnectionLostException(message, facts, e);
        };
    }
}

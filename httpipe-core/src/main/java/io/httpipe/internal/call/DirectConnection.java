package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.TlsSettings;
import io.httpipe.internal.connect.TlsTransport;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection that the caller uses step by step, for one request after another. Any failure closes the connection,
 * except a read timeout after which the read can be repeated. One thread at a time may use it.
 */
public final class DirectConnection {
    /** The largest array that is created before anything has arrived for it. */
    private static final int LARGEST_EMPTY = 1 << 16;

    /** How many bytes of a response body are kept if they arrive before the request has been sent. */
    private static final int READ_AHEAD = 1 << 16;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final ConnectionPool pool;
    private final PooledConnection connection;
    private final SocketAddress address;
    private final WireLimits limits;

    /** The settings with which the caller asked for TLS; null for plain text. */
    private @Nullable TlsSettings settings;

    private @Nullable Conversation conversation;
    private long bodyBytes;
    private boolean closed;

    /** Body bytes that were read but not delivered, because a later read timed out. */
    private ByteBuffer undelivered = EMPTY;

    /**
     * The array for the next read. It is kept, because a server may send single bytes. Each of them would otherwise
     * need a new large array.
     */
    private byte[] spare = EMPTY.array();

    /** Whether a proxy may have refused the latest request without reading its body. Squid then never reads it. */
    private boolean unreadByProxy;

    DirectConnection(
            ConnectionPool pool,
            PooledConnection connection,
            SocketAddress address,
            @Nullable TlsSettings settings,
            WireLimits limits) {
        this.pool = pool;
        this.connection = connection;
        this.address = address;
        this.settings = settings;
        this.limits = limits;
    }

    public boolean isEncrypted() {
        // With TLS to a proxy, a connection without TLS to the origin has a TLS transport too.
        return connection.route().tls() != null;
    }

    /** The proxy that the connection goes through; null for none. */
    public @Nullable ProxyIdentity proxy() {
        return connection.route().proxy();
    }

    /** The proxy that gets the requests and passes them on; null if there is none, or if it is a tunnel. */
    private @Nullable ProxyIdentity forwardProxy() {
        ProxyIdentity proxy = proxy();
        return proxy != null && proxy.isForward() ? proxy : null;
    }

    public int reusedTimes() {
        return connection.reusedTimes();
    }

    /**
     * Does a TLS handshake, unless the connection uses TLS already.
     *
     * @param anyTls whether a connection that uses TLS with other settings is accepted
     */
    public TlsTransport secure(TlsSettings tls, boolean anyTls, CallTimeouts timeouts) throws CallFailedException {
        if (forwardProxy() != null) {
            throw new IllegalStateException(
                    "requests of this connection go to the proxy %s; for TLS with the origin, use ConnectOptions.tls or Proxy.tunnel(true)"
                            .formatted(forwardProxy()));
        }
        InetSocketAddress inet = address instanceof InetSocketAddress known ? known : null;
        if (isEncrypted() && (anyTls || tls.equals(settings))) {
            return (TlsTransport) connection.transport();
        }
        String host = inet == null ? Outgoing.LOCALHOST : inet.getHostString();
        try {
            TlsIdentity identity = tls.isReloaded()
                    ? pool.prepare(timeouts, () -> tls.identity(host, timeouts))
                    : tls.identity(host, timeouts);
            if (!isEncrypted()) {
                pool.secure(connection, inet == null ? 0 : inet.getPort(), identity, timeouts);
                settings = tls;
            } else if (!identity.equals(connection.route().tls())) {
                // The certificate may have been verified less strictly, or another client certificate used.
                throw new IllegalStateException("expected the Tls settings that this connection already uses");
            }
            return (TlsTransport) connection.transport();
        } catch (IOException e) {
            throw failed(e, timeouts, false);
        }
    }

    /**
     * Returns a request as this connection sends it.
     *
     * @throws IllegalArgumentException if a proxy would get a request for an https URI without encryption
     */
    public Outgoing adapted(Outgoing request) {
        if (request.secure() && forwardProxy() != null) {
            throw new IllegalArgumentException(
                    "request: the proxy %s would get the request for %s unencrypted; for TLS with the origin, use ConnectOptions.tls or Proxy.tunnel(true)"
                            .formatted(forwardProxy(), request.origin()));
        }
        return request.over(address, isEncrypted());
    }

    /** Sends a request. A response that arrives meanwhile can be read afterwards; it may end the upload. */
    public void send(Outgoing request, CallTimeouts timeouts) throws CallFailedException {
        boolean reusable = reusable();
        connection.transport().setPatient(false);
        Conversation started = Conversation.over(connection, request, timeouts, limits);
        conversation = started;
        bodyBytes = 0;
        boolean sent = false;
        try {
            timeouts.enter(CallStep.SEND);
            if (!reusable) {
                throw new IOException("the connection cannot be reused after the previous response");
            }
            // Bytes that arrived before the request must not be taken for its response.
            connection.input().requireQuiet();
            started.send(READ_AHEAD, true);
            if (started.exceededReadAhead() && !started.sentWhole()) {
                throw BodyLimitException.tooEarly(READ_AHEAD);
            }
            connection.transport().setPatient(true);
            sent = true;
        } catch (IOException e) {
            throw failed(e, timeouts, false);
        } finally {
            if (!sent) {
                abort();
            }
        }
    }

    /** Changes the limits of the steps of the current request, unless it has its own. */
    public void limits(CallTimeouts.Limits newLimits) {
        if (conversation != null && conversation.request().limits() == null) {
            conversation.timeouts().limits(newLimits);
        }
    }

    /** Whether no request has been sent yet, or the latest response has left the connection fit for another request. */
    private boolean reusable() {
        return conversation == null || conversation.reusable() && !unreadByProxy;
    }

    /** Reads the next response head, informational or final. */
    public ResponseHead nextHead() throws CallFailedException {
        try {
            ResponseHead head = conversation().takeHead();
            unreadByProxy = head.status() >= 400
                    && forwardProxy() != null
                    && conversation().request().body() != null;
            return head;
        } catch (IOException e) {
            throw failed(e, conversation().timeouts(), true);
        }
    }

    /** Reads the next part of the body as it arrives, at most this many bytes; null at the end. */
    public byte @Nullable [] readChunk(int size) throws CallFailedException {
        if (undelivered.hasRemaining()) {
            byte[] chunk = new byte[Math.min(size, undelivered.remaining())];
            undelivered.get(chunk);
            return chunk;
        }
        Conversation current = conversation();
        long left = current.remaining();
        int capacity = (int) Math.min(size, left > 0 && left < LARGEST_EMPTY ? left : LARGEST_EMPTY);
        byte[] buffer = spare.length >= capacity ? spare : new byte[capacity];
        spare = buffer;
        current.timeouts().enterWithoutWait(CallStep.BODY);
        try {
            long maxBodySize = current.request().maxBodySize();
            if (maxBodySize >= 0 && bodyBytes + current.remaining() > maxBodySize) {
                throw limitExceeded(maxBodySize);
            }
            int read = current.readBody(buffer, 0, capacity);
            if (read < 0) {
                spare = EMPTY.array();
                return null;
            }
            bodyBytes += read;
            if (maxBodySize >= 0 && bodyBytes > maxBodySize) {
                throw limitExceeded(maxBodySize);
            }
            if (read == buffer.length) {
                spare = EMPTY.array();
                return buffer;
            }
            return Arrays.copyOf(buffer, read);
        } catch (IOException e) {
            throw failed(e, current.timeouts(), true);
        }
    }

    /** Takes back bytes of the body. The next {@link #readChunk} returns them again. */
    public void unread(byte[] bytes) {
        undelivered = ByteBuffer.wrap(bytes);
    }

    /** The limit of the response body that the request sets; -1 if it sets none. */
    public long maxBodySize() {
        return conversation().request().maxBodySize();
    }

    /** The number of body bytes still to come; -1 if it is unknown. */
    public long remaining() {
        return conversation().remaining();
    }

    public FieldLines trailers() {
        return conversation().trailers();
    }

    public boolean sentWhole() {
        return conversation().sentWhole();
    }

    /** Closes the connection because the body is larger than this limit; returns the failure. */
    public CallFailedException tooLarge(long limit) {
        return failed(limitExceeded(limit), conversation().timeouts(), false);
    }

    private BodyLimitException limitExceeded(long limit) {
        Conversation current = conversation();
        current.timeouts().enterWithoutWait(CallStep.BODY);
        long announced = current.remaining() < 0 ? -1 : bodyBytes + current.remaining();
        return BodyLimitException.tooLarge(limit, announced, current.request());
    }

    /**
     * Gives the connection back to its pool, or closes it if it cannot be reused.
     *
     * @param maxIdlePerRoute how many idle connections of its route the pool may keep
     * @param idleTimeout     in nanoseconds
     * @return whether the pool has kept the connection, or given it to a waiting call
     */
    public boolean release(int maxIdlePerRoute, long idleTimeout) {
        if (!reusable()
                || maxIdlePerRoute == 0
                || pool.isClosed()
                || !connection.input().quiet()) {
            abort();
            return false;
        }
        closed = true;
        connection.transport().setPatient(false);
        return pool.release(connection, maxIdlePerRoute, idleTimeout);
    }

    /** Reads the rest of the response if it is short and arrives soon; returns whether its end was reached. */
    public boolean drain() {
        return conversation().drain();
    }

    /** Closes the connection, unless it has been given back. */
    public void abort() {
        if (!closed) {
            closed = true;
            pool.discard(connection);
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /** Closes the connection because of an error that occurred outside this class; returns the failure. */
    public CallFailedException failed(IOException e, CallTimeouts timeouts) {
        return failed(e, timeouts, false);
    }

    /** Returns the failure for the caller, and closes the connection unless the read can be repeated. */
    private CallFailedException failed(IOException e, CallTimeouts timeouts, boolean reading) {
        CallFailedException failure = CallFailedException.of(e, address, timeouts, connection, conversation, closed);
        boolean readingCanGoOn = reading
                && failure.isTimeout()
                && !timeouts.isExpired()
                && connection.transport().isOpen();
        if (!readingCanGoOn) {
            abort();
        }
        return failure;
    }

    private Conversation conversation() {
        return Objects.requireNonNull(conversation, "no request has been sent");
    }
}

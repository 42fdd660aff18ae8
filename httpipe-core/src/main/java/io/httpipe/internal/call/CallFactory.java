package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.TlsSettings;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.pool.ClientClosedException;
import io.httpipe.internal.pool.ConnectionHolder;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.pool.ReusePolicy;
import io.httpipe.internal.pool.Route;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Creates the calls of one client with the client's pool, time limits and size limits. Thread-safe. */
public final class CallFactory {
    /** The most bytes of a body in memory: a little less than 2^31-1, which not every JVM can allocate. */
    public static final long LARGEST_ARRAY = Integer.MAX_VALUE - 17;

    private final ConnectionPool pool;
    private final WireLimits wireLimits;
    private final CallTimeouts.Limits stepLimits;
    private final long callTimeout;

    /** Null for the default settings, which a client that uses no TLS need not load. */
    private final @Nullable TlsSettings tls;

    private volatile boolean closed;

    /**
     * A factory for calls over this pool.
     *
     * @param callTimeout the limit for a whole call in nanoseconds
     * @param tls         null for the default settings
     */
    public CallFactory(
            ConnectionPool pool,
            WireLimits wireLimits,
            CallTimeouts.Limits stepLimits,
            long callTimeout,
            @Nullable TlsSettings tls) {
        this.pool = pool;
        this.wireLimits = wireLimits;
        this.stepLimits = stepLimits;
        this.callTimeout = callTimeout;
        this.tls = tls;
    }

    /**
     * Returns a call whose response is read whole.
     *
     * @param maxBodySize the limit of the body in bytes, if the request sets none
     */
    public Call call(Outgoing request, long maxBodySize) throws CallFailedException {
        long requestLimit = request.maxBodySize();
        return call(request, Math.min(LARGEST_ARRAY, requestLimit < 0 ? maxBodySize : requestLimit), false);
    }

    /** Returns a call whose response is read as it arrives. */
    public Call stream(Outgoing request) throws CallFailedException {
        long requestLimit = request.maxBodySize();
        return call(request, requestLimit < 0 ? Long.MAX_VALUE : requestLimit, true);
    }

    private Call call(Outgoing request, long maxBodySize, boolean streamed) throws CallFailedException {
        requireOpen();
        request.requireUnsentBody();
        CallTimeouts timeouts = timeouts(request);
        return new Call(pool, request, route(request, timeouts), timeouts, wireLimits, maxBodySize, streamed);
    }

    /**
     * Returns a call that may be one of several for the same request. It records how many bytes it sends and receives.
     *
     * @param maxBodySize the limit of the body in bytes
     * @param streamed    whether the response is read as it arrives
     * @param fresh       whether the call must use a new connection
     * @param decodes     whether the body may be decoded; the limit then applies to the decoded bytes
     */
    public RecordedCall recorded(
            Outgoing request, CallTimeouts timeouts, long maxBodySize, boolean streamed, boolean fresh, boolean decodes)
            throws CallFailedException {
        if (pool.isClosed()) {
            throw CallFailedException.of(new ClientClosedException(), request.address(), timeouts);
        }
        request.requireUnsentBody();
        Route route = route(request, timeouts);
        return new RecordedCall(pool, request, route, timeouts, wireLimits, maxBodySize, streamed, fresh, decodes);
    }

    private Route route(Outgoing request, CallTimeouts timeouts) throws CallFailedException {
        TlsSettings settings = null;
        if (request.secure()) {
            settings = request.tls() == null ? tls() : request.tls();
        }
        TlsSettings used = settings;
        try {
            return mayWait(used, request.proxy())
                    ? pool.prepare(timeouts, () -> route(request, used, timeouts))
                    : route(request, used, timeouts);
        } catch (IOException e) {
            throw CallFailedException.of(e, request.address(), timeouts);
        }
    }

    private static Route route(Outgoing request, @Nullable TlsSettings settings, CallTimeouts timeouts)
            throws IOException {
        return request.route(settings == null ? null : settings.identity(request.host(), timeouts), timeouts);
    }

    /** Whether the choice of the route may wait for a source of TLS settings. */
    private static boolean mayWait(@Nullable TlsSettings settings, @Nullable ProxyIdentity proxy) {
        return settings != null && settings.isReloaded() || proxy != null && proxy.isReloaded();
    }

    /**
     * Opens a connection, or takes an idle one, for a caller who uses it step by step.
     *
     * @param settings the TLS settings; null for plain text
     * @param poolName null for the pool without a name
     * @param proxy    null for a direct connection
     * @param holder   what the connection is for; messages name it
     * @param limits   the limits of the steps; null for the client's
     */
    public DirectConnection connect(
            SocketAddress address,
            @Nullable TlsSettings settings,
            @Nullable String poolName,
            @Nullable ProxyIdentity proxy,
            Object holder,
            CallTimeouts.@Nullable Limits limits)
            throws CallFailedException {
        requireOpen();
        CallTimeouts timeouts = stepTimeouts(limits == null ? stepLimits : limits);
        try {
            Route route = mayWait(settings, proxy)
                    ? pool.prepare(timeouts, () -> route(address, settings, poolName, proxy, timeouts))
                    : route(address, settings, poolName, proxy, timeouts);
            PooledConnection connection = pool.acquire(route, timeouts, ReusePolicy.CHECKED, exchange(holder));
            return direct(connection, address, settings);
        } catch (IOException e) {
            throw CallFailedException.of(e, address, timeouts);
        }
    }

    private static Route route(
            SocketAddress address,
            @Nullable TlsSettings settings,
            @Nullable String poolName,
            @Nullable ProxyIdentity proxy,
            CallTimeouts timeouts)
            throws IOException {
        String host = address instanceof InetSocketAddress inet ? inet.getHostString() : Outgoing.LOCALHOST;
        TlsIdentity identity = settings == null ? null : settings.identity(host, timeouts);
        ProxyIdentity present = proxy == null ? null : proxy.present(timeouts);
        ProxyIdentity used = present == null || identity == null ? present : present.forTunnel();
        SocketAddress end = used != null && used.isForward() ? used.address() : address;
        return new Route(end, identity, poolName, used);
    }

    /** Takes over a channel that is connected already. No other caller ever gets its connection. */
    public DirectConnection attach(SocketChannel connected, SocketAddress address, Object holder) throws IOException {
        String name = "attached-" + connected.hashCode();
        Transport transport = Dialer.over(connected);
        PooledConnection connection = pool.adopt(new Route(address, null, name), transport, exchange(holder));
        if (connection == null) {
            transport.close();
            throw closed();
        }
        return direct(connection, address, null);
    }

    private static ConnectionHolder exchange(Object holder) {
        return ConnectionHolder.of("an exchange with ", holder);
    }

    private DirectConnection direct(
            PooledConnection connection, SocketAddress address, @Nullable TlsSettings settings) {
        try {
            return new DirectConnection(pool, connection, address, settings, wireLimits);
        } catch (RuntimeException | Error e) {
            pool.discard(connection);
            throw e;
        }
    }

    /** The time limits of a call that starts now. The client's limits of steps apply unless the request has its own. */
    public CallTimeouts timeouts(Outgoing request) {
        return timeouts(request, stepLimits);
    }

    /** The time limits of a call that starts now, with these limits of the steps unless the request has its own. */
    public CallTimeouts timeouts(Outgoing request, CallTimeouts.Limits limits) {
        long now = NanoClock.now();
        long deadline = Math.min(NanoClock.plus(now, callTimeout), Deadlines.current());
        CallTimeouts.Limits requestLimits = request.limits();
        return new CallTimeouts(
                requestLimits == null ? limits : requestLimits, now, Math.min(deadline, request.deadline(now)));
    }

    /** The time limits of a step that belongs to no call. */
    public CallTimeouts stepTimeouts(CallTimeouts.Limits limits) {
        return new CallTimeouts(limits, NanoClock.now(), Deadlines.current());
    }

    /** The client's TLS settings. */
    public TlsSettings tls() {
        return tls == null ? TlsSettings.DEFAULT : tls;
    }

    /**
     * Refuses new calls, without closing the pool. {@link #recorded} still works until the pool is closed, so that a
     * call that has begun can make further attempts.
     */
    public void close() {
        closed = true;
    }

    /** Whether new calls are refused. */
    public boolean isClosed() {
        return closed || pool.isClosed();
    }

    /**
     * Fails if the client has been closed.
     *
     * @throws IllegalStateException if it has
     */
    public void requireOpen() {
        if (isClosed()) {
            throw closed();
        }
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("this client has been closed");
    }
}

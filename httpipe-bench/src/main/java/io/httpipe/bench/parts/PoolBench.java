package io.httpipe.bench.parts;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PoolLimits;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.pool.ReusePolicy;
import io.httpipe.internal.pool.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/**
 * Acquires and releases a connection. The pool has as many connections as there are threads. The cost includes the
 * check of the idle connection.
 */
@State(Scope.Benchmark)
public class PoolBench {
    private static final long SECONDS = NanoClock.nanos(Duration.ofSeconds(30));
    private static final CallTimeouts.Limits LIMITS = new CallTimeouts.Limits(SECONDS, SECONDS, SECONDS, SECONDS);

    private final ConnectionPool pool = new ConnectionPool(
            new Dialer(Resolver.SYSTEM),
            new PoolLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, 64, 256, 2 * SECONDS, NanoClock.NEVER));

    private @Nullable ServerSocket server;
    private Route route = new Route(InetSocketAddress.createUnresolved("127.0.0.1", 1), null, null);

    /** Starts a server that never accepts a connection. Its backlog holds all connections. */
    @Setup
    public void listen() throws IOException {
        server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        route = new Route(InetSocketAddress.createUnresolved("127.0.0.1", server.getLocalPort()), null, null);
    }

    @Benchmark
    @Threads(1)
    public void contenders01() throws IOException {
        acquireAndRelease();
    }

    @Benchmark
    @Threads(4)
    public void contenders04() throws IOException {
        acquireAndRelease();
    }

    @Benchmark
    @Threads(16)
    public void contenders16() throws IOException {
        acquireAndRelease();
    }

    @Benchmark
    @Threads(64)
    public void contenders64() throws IOException {
        acquireAndRelease();
    }

    private void acquireAndRelease() throws IOException {
        PooledConnection connection = pool.acquire(
                route, new CallTimeouts(LIMITS, NanoClock.now(), NanoClock.NEVER), ReusePolicy.CHECKED, "a benchmark");
        pool.release(connection);
    }

    @TearDown
    public void close() throws IOException {
        pool.close(0);
        Objects.requireNonNull(server).close();
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.EndlessStream;
import io.httpipe.testing.FullListener;
import io.httpipe.testing.FullUnixListener;
import io.httpipe.testing.HalfDeadHost;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Holds one call at a {@link BlockingPoint}, with its client and its server. After something has ended the call, it
 * asserts what is left. The client allows exactly as many connections as the call needs.
 */
final class HeldCall implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(50);

    /** Initialized here, because a virtual thread that waits for class initialization pins its carrier. */
    static final Tls TRUSTING = Exchanges.TRUSTING;

    /** A call that waits at one point for this many nanoseconds counts as held there. */
    private static final long STEADY = TimeUnit.MILLISECONDS.toNanos(5);

    private static final int STEADY_CHECKS = 20;

    /** Accepts no connection as long as this JVM runs. */
    private static final FullListener FULL = FullListener.make();

    private static final FullUnixListener FULL_UNIX = FullUnixListener.make();

    /** More than the socket buffers can hold. */
    static final String LARGE = "x".repeat(4 << 20);

    private static final byte[] PIECE = new byte[50_000];
    static final byte[] BYTES = new byte[LargeBody.SIZE];

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    final Transports transport;
    final ScriptedServer server;
    final Httpipe hp;

    private final BlockingPoint point;
    private final Resolver resolver;
    private final CountDownLatch closed;
    private final AtomicInteger lookups = new AtomicInteger();
    private final AtomicInteger droppedRequests = new AtomicInteger();
    private final List<SilentStream> silent = new ArrayList<>();

    /** Set when the call has ended. Then the server reads again. */
    final Signal ended = new Signal();

    @Nullable
    HalfDeadHost halfDead;

    private volatile @Nullable FutureTask<StreamedResponse> keeper;
    private @Nullable FutureTask<Response> aside;
    private volatile @Nullable Credentials credentials;

    private @Nullable Thread caller;

    /** The thread that reads the source of a body, if it is not the caller. */
    private volatile @Nullable Thread feeder;

    private volatile boolean firstByteCame;
    private volatile @Nullable Throwable outcome;
    private volatile boolean flagged;
    private volatile long returnedAt;

    HeldCall(BlockingPoint point, Transports transport, UnaryOperator<Httpipe.Builder> options) throws IOException {
        this.point = point;
        this.resolver = point == BlockingPoint.SHARED_LOOKUP ? CachingResolver.of(this::resolve) : this::resolve;
        this.transport = transport;
        this.closed = new CountDownLatch(point.sockets);
        this.server = transport.narrowServer(point.deafFromTheStart() ? this::readNothing : this::serve, this::serve);
        this.hp = options.apply(transport
                        .client()
                        .maxConnectionsPerRoute(point.places())
                        .maxConnections(point.places())
                        .timeouts(Timeouts.of(LONG))
                        .closeGrace(point == BlockingPoint.CLIENT_CLOSE ? LONG : Duration.ZERO)
                        .resolver(resolver))
                .build();
    }

    Request get(String path) {
        return Request.get(server.uri(path)).at(Servers.endpoint(server));
    }

    Request post(String path) {
        return Request.post(server.uri(path)).at(Servers.endpoint(server));
    }

    /** A request to a host whose lookup succeeds at most once, for the preparation, and then blocks. */
    Request getOfSlowHost(String path) {
        return Request.get(server.uri("localhost", path));
    }

    /** A request to a host or a Unix socket that accepts no connection. */
    Request getOfFullHost(String host) {
        Request request = Request.get("http://" + host + ":" + FULL.port() + "/");
        return transport == Transports.UNIX ? request.at(FULL_UNIX.endpoint()) : request;
    }

    /** A request to a host whose second address is silent, and whose first one refuses after about a second. */
    Request getOfHalfDeadHost() {
        HalfDeadHost host = Objects.requireNonNull(halfDead);
        host.refuseLater();
        return Request.get("http://two.test:" + host.port() + "/");
    }

    private List<InetAddress> resolve(String host) throws UnknownHostException {
        InetAddress full = InetAddress.getByName("127.0.0.1");
        if (host.equals("full.test")) {
            return List.of(full);
        }
        if (host.equals("two.test")) {
            return List.of(full, InetAddress.getByName("127.0.0.2"));
        }
        if (lookups.getAndIncrement() > 0 || point.phase == Phase.RESOLVE && point.heads == 0) {
            ended.await();
        }
        return List.of(InetAddress.getLoopbackAddress());
    }

    Exchange connect() throws HttpipeException {
        return Exchanges.connect(transport, hp, server);
    }

    /** An endless stream that records the thread that reads it. */
    InputStream largeStream() {
        return EndlessStream.readBy(thread -> feeder = thread);
    }

    InputStream silentStream(int bytes) {
        SilentStream stream = new SilentStream(bytes);
        silent.add(stream);
        return stream;
    }

    /** Makes another call that keeps a connection until the held call has ended. */
    void keep() {
        keeper = new FutureTask<>(() -> hp.stream(get("/kept")));
        Thread.ofVirtual().start(keeper);
    }

    void awaitKept() {
        await(() -> hp.stats().stream().anyMatch(route -> route.leased() == 1));
    }

    /** Starts a lookup of the slow host, which ends when the held call has ended. */
    void lookUpAside() {
        Thread.ofVirtual().start(() -> assertDoesNotThrow(() -> resolver.resolve("localhost")));
        await(() -> lookups.get() == 1);
    }

    /** Starts another call that waits for its token until the held call has ended. */
    void fetchToken() {
        Signal asked = new Signal();
        Credentials tokens = Credentials.bearer(server.uri(""), () -> {
            asked.set();
            ended.await();
            throw new IOException("there is no token any more");
        });
        credentials = tokens;
        Thread.ofVirtual().start(() -> {
            assertThrows(
                    CredentialsFailedException.class,
                    () -> hp.request(get("/ok").credentials(tokens)));
        });
        asked.await();
    }

    Credentials credentials() {
        return Objects.requireNonNull(credentials);
    }

    /** Starts another call and waits until it has reached the server. */
    void runAside(Callable<Response> call) {
        FutureTask<Response> task = new FutureTask<>(call);
        aside = task;
        Thread.ofVirtual().start(task);
        await(() -> server.heads().size() == 1);
    }

    /** Never answers on this connection, and reads at most its first byte. */
    private void readNothing(Peer peer) throws IOException {
        if (point == BlockingPoint.HEAD_OUT) {
            firstByteCame = peer.read() == 'G';
        }
        ended.await();
        peer.awaitClose();
        closed.countDown();
    }

    private void serve(Peer peer) throws IOException {
        String head = peer.nextHead();
        while (head != null && answer(head.split(" ", 3)[1], peer)) {
            head = peer.nextHead();
        }
        if (head == null && point == BlockingPoint.MUTE_STREAM) {
            closed.countDown();
        }
    }

    /** Answers a request for this path. Returns false if this was the last request of the connection. */
    private boolean answer(String path, Peer peer) throws IOException {
        switch (path) {
            case "/ok" -> peer.send(OK);
            case "/kept" -> {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO");
                ended.await();
                try {
                    peer.send("K");
                } catch (IOException e) {
                    return false; // The client has been closed.
                }
            }
            case "/dies" -> {}
            case "/dies-when-another-waits" -> {
                keep();
                await(() -> hp.stats().stream().anyMatch(route -> route.waiting() == 1));
            }
            case "/dies-once" -> {
                if (droppedRequests.getAndIncrement() > 0) {
                    awaitClose(peer);
                }
            }
            case "/deaf" -> {
                ended.await();
                awaitClose(peer);
            }
            case "/half-and-deaf" -> {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
                ended.await();
                awaitClose(peer);
            }
            case "/all-and-deaf" -> {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ended.await();
                awaitClose(peer);
            }
            case "/events" -> answerHalf(peer, "Content-Type: text/event-stream\r\n\r\ndata: a\n");
            case "/events-that-end" ->
                peer.send(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nContent-Length: 14\r\n\r\nretry: 40000\n\n");
            case "/cut" ->
                peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"a\"\r\nContent-Length: 9\r\n\r\na");
            case "/endless" -> answerEndlessly(peer);
            case "begun.test:80" -> {
                peer.send("HTTP/1.1 200 Connection established\r\nX: ");
                awaitClose(peer);
            }
            case "/length" -> answerHalf(peer, "Content-Length: 10\r\n\r\n01234");
            case "/chunked" -> answerHalf(peer, "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n01");
            case "/until-close" -> answerHalf(peer, "\r\n01234");
            default -> awaitClose(peer);
        }
        return path.equals("/ok") || path.equals("/kept");
    }

    private void answerHalf(Peer peer, String fieldsAndHalf) throws IOException {
        peer.send("HTTP/1.1 200 OK\r\n" + fieldsAndHalf);
        awaitClose(peer);
    }

    private void answerEndlessly(Peer peer) throws IOException {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + Long.MAX_VALUE + "\r\n\r\n");
        try {
            while (closed.getCount() > 0) {
                peer.send(PIECE);
            }
        } catch (IOException e) {
            closed.countDown();
        }
    }

    private void awaitClose(Peer peer) {
        peer.awaitClose();
        closed.countDown();
    }

    /** Starts the call in a new thread, within the given context, such as a deadline. */
    void begin(Threads threads, UnaryOperator<Callable<Void>> context) throws Exception {
        point.prepare(this);
        Callable<Void> call = context.apply(() -> {
            point.call(this);
            return null;
        });
        caller = threads.start(() -> {
            try {
                call.call();
            } catch (Throwable e) {
                outcome = e;
            }
            returnedAt = System.nanoTime();
            ended.set();
            // A call that ends by itself may return before the interrupt; wait for the interrupt, so that the flag is
            // checked for such a call too.
            while (point.phase == null && !Thread.currentThread().isInterrupted()) {
                LockSupport.park(this);
            }
            flagged = Thread.currentThread().isInterrupted();
        });
    }

    /** Waits until the call is held at its blocking point. Fails if the call ends instead. */
    void awaitHeld() {
        awaitHeldOrEnded();
        if (returnedAt != 0 && point.phase != null) {
            throw new AssertionError("the call has ended by itself", outcome);
        }
    }

    void awaitHeldOrEnded() {
        // The kernel accepts a few more bytes from time to time, and a pipe then waits for its source instead.
        long steady = point == BlockingPoint.PIPE_OUT ? 30 * STEADY : STEADY;
        long since = 0;
        int checks = 0;
        while (returnedAt == 0 && (checks < STEADY_CHECKS || System.nanoTime() - since < steady)) {
            await(() -> returnedAt != 0 || isHeld());
            if (checks == 0) {
                since = System.nanoTime();
            }
            checks = isHeld() ? checks + 1 : 0;
        }
    }

    private boolean isHeld() {
        Thread feeding = feeder;
        return server.heads().size() == point.heads
                && (firstByteCame || point != BlockingPoint.HEAD_OUT)
                && Threads.waits(caller, point.where)
                && (feeding == null || Threads.waits(feeding, "Upload.write SocketTransport.write"));
    }

    private void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("%s over %s does not happen; %s, heads %s, caller at %s"
                        .formatted(point, transport, hp.stats(), server.heads().size(), Threads.trace(caller)));
            }
            // A virtual thread of a script may wait here. All virtual threads may share one carrier.
            LockSupport.parkNanos(100_000);
        }
    }

    /**
     * Interrupts the caller.
     *
     * @return how many nanoseconds later the call returned; -1 if it had returned before, as some calls do
     */
    long interrupt() {
        long interruptedAt = System.nanoTime();
        caller.interrupt();
        awaitReturn();
        return returnedAt < interruptedAt ? -1 : returnedAt - interruptedAt;
    }

    private void awaitReturn() {
        try {
            if (!caller.join(Duration.ofSeconds(20))) {
                throw new AssertionError("the call does not end; it is at " + Threads.trace(caller));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for the end of the call and returns its failure. */
    <T extends HttpipeException> T failure(Class<T> type) {
        awaitReturn();
        T failure = assertInstanceOf(type, outcome);
        assertEquals(point.phase, failure.phase(), failure::getMessage);
        boolean before = failure.phase().compareTo(Phase.SEND) < 0;
        boolean nothingSent = before || point == BlockingPoint.MUTE_STREAM;
        assertEquals(nothingSent, failure.bytesSent() == 0, "sent: " + failure.bytesSent());
        assertTrue(failure.safeToRetry() == !(failure instanceof CancelledException) || !before);
        return failure;
    }

    /** Asserts that the call ended without a failure. */
    void assertNoFailure() {
        awaitReturn();
        if (outcome != null) {
            throw new AssertionError("failed", outcome);
        }
    }

    /** Asserts that closing the client ended the call, and that no resource is left on either side. */
    void assertEndedWithItsClient() throws Exception {
        awaitReturn();
        if (!(outcome instanceof CancelledException e)) {
            throw new AssertionError(point.name(), outcome);
        }
        assertClosedWithItsClient(e);
        // If the call reads and writes at the same time, either direction may report the close.
        boolean bothWays = switch (point) {
            case PIPE_IN, PIPE_OUT, OUT_BESIDE_RESPONSE, EXCHANGE_OUT_BESIDE_RESPONSE -> true;
            default -> false;
        };
        assertTrue(e.phase() == point.phase || bothWays && e.phase().compareTo(Phase.SEND) >= 0, e::getMessage);
        if (keeper != null) {
            keeper.get().close();
        }
        assertEquals(List.of(), hp.stats());
        assertTrue(closed.await(20, TimeUnit.SECONDS), "the server sees the sockets closed");
        assertEquals(point.heads, server.heads().size(), "nothing was sent again");
        assertThrows(IllegalStateException.class, () -> hp.request(get("/ok")));
    }

    private static void assertClosedWithItsClient(CancelledException e) {
        assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
        String expected = "this client was closed while %s (".formatted(e.phase());
        assertTrue(e.getMessage().startsWith(expected), e.getMessage());
        assertNull(e.getCause());
        assertFalse(e.safeToRetry());
    }

    boolean flagged() {
        return flagged;
    }

    /** Asserts that nothing was sent again, sockets are closed, no place in the pool is lost, and the client works. */
    void assertNothingIsLeft() throws Exception {
        if (aside != null) {
            ExecutionException e = assertThrows(ExecutionException.class, () -> aside.get(20, TimeUnit.SECONDS));
            assertClosedWithItsClient(assertInstanceOf(CancelledException.class, e.getCause()));
        }
        List<RouteStats> left = hp.stats();
        assertEquals(keeper == null ? 0 : 1, left.size(), left::toString);
        for (RouteStats route : left) {
            assertEquals(1, route.open(), left::toString);
            assertEquals(1, route.leased(), left::toString);
            assertEquals(0, route.waiting(), left::toString);
        }
        assertTrue(closed.await(20, TimeUnit.SECONDS), "the server sees the sockets closed");
        assertEquals(point.heads, server.heads().size(), "nothing was sent again");
        if (aside == null) {
            assertClientWorks();
        }
    }

    private void assertClientWorks() throws Exception {
        if (keeper != null) {
            assertEquals("OK", new String(keeper.get().body().readAllBytes(), StandardCharsets.US_ASCII));
            assertEquals(1, hp.request(get("/ok")).reusedTimes());
        }
        List<StreamedResponse> all = new ArrayList<>();
        for (int i = 0; i < point.places(); i++) {
            all.add(hp.stream(get("/until-close")));
        }
        all.forEach(StreamedResponse::close);
        assertEquals(List.of(), hp.stats());
    }

    @Override
    public void close() throws IOException {
        ended.set();
        hp.close();
        silent.forEach(SilentStream::close);
        if (halfDead != null) {
            halfDead.close();
        }
        server.close();
    }
}

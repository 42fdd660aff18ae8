package io.httpipe.soak;

import io.httpipe.Endpoint;
import io.httpipe.Request;
import io.httpipe.test.server.FaultRelay;
import io.httpipe.test.server.Faults;
import io.httpipe.testing.TestCertificates;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * The server of the soak, over TCP, TLS and a Unix socket. It handles each request as its {@link RequestSpec} says. On
 * a further port, every TLS handshake fails.
 */
final class SoakServer implements Closeable {
    /** The transport that carries HTTP. */
    enum Transport {
        TCP,
        TLS,
        UNIX
    }

    /** How many of the latest requests the server remembers, each as its id and count; far more than run at a time. */
    private static final int REMEMBERED = 1 << 18;

    private static final int COUNTS = 16;

    private final SoakCounters counters;
    private final ServerSocket tcp = loopback();
    private final ServerSocket tls = loopback();
    private final ServerSocket noTls = loopback();
    private final ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final Endpoint unixEndpoint;
    private final Map<Transport, FaultRelay> relays = new EnumMap<>(Transport.class);
    private final SSLContext context = TestCertificates.get().server();
    private final SSLContext[] untrusted = {
        TestCertificates.get().server("wrong-host"),
        TestCertificates.get().server("expired"),
        TestCertificates.get().server("self-signed"),
    };
    private final AtomicLongArray arrived = new AtomicLongArray(REMEMBERED);
    private final Map<Long, CountDownLatch> late = new ConcurrentHashMap<>();
    private final Map<Long, CountDownLatch> deaf = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong handshakes = new AtomicLong();
    private volatile boolean closed;

    private interface Acceptor {
        ServerConnection accept() throws IOException;
    }

    private interface Script {
        void serve(ServerConnection connection) throws IOException;
    }

    SoakServer(Path directory, SoakCounters counters, long seed) throws IOException {
        this.counters = counters;
        // Sessions that the server keeps must not look like a leak of the client.
        context.getServerSessionContext().setSessionCacheSize(100);
        Path path = directory.resolve("soak");
        unix.bind(UnixDomainSocketAddress.of(path), 1024);
        unixEndpoint = Endpoint.unix(path);
        accept("tcp", this::acceptTcp, this::answerAll);
        accept("tls", () -> secured(tls.accept(), context), this::answerAll);
        accept("no-tls", this::acceptNoTls, this::failHandshake);
        accept("unix", () -> ServerConnection.of(unix.accept()), this::answerAll);
        Faults faults = Faults.random(seed).rate(0.02).delays(Duration.ofMillis(20));
        relays.put(Transport.TCP, FaultRelay.to(tcp.getLocalSocketAddress(), faults));
        relays.put(Transport.TLS, FaultRelay.to(tls.getLocalSocketAddress(), faults));
        relays.put(Transport.UNIX, FaultRelay.to(unix.getLocalAddress(), faults));
    }

    private static ServerSocket loopback() throws IOException {
        return new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
    }

    /** How many connections the server and its relays have now. */
    int open() {
        return open.get()
                + relays.values().stream().mapToInt(FaultRelay::openConnections).sum();
    }

    /** How many connections the relays have had. */
    long relayed() {
        return relays.values().stream().mapToLong(FaultRelay::connections).sum();
    }

    /** How many faults the relays have injected. */
    long faults() {
        return relays.values().stream().mapToLong(FaultRelay::faults).sum();
    }

    /** Returns a request that carries this spec. */
    Request request(Transport transport, String method, RequestSpec spec) {
        if (spec.behaviour() == ServerBehaviour.RELAYED) {
            String scheme = transport == Transport.TLS ? "https" : "http";
            return Request.of(
                    method, scheme + "://127.0.0.1:" + relays.get(transport).port() + spec.path());
        }
        return switch (transport) {
            case TCP -> Request.of(method, "http://127.0.0.1:" + tcp.getLocalPort() + spec.path());
            case TLS -> Request.of(method, "https://127.0.0.1:" + tls.getLocalPort() + spec.path());
            case UNIX -> Request.of(method, spec.path()).at(unixEndpoint);
        };
    }

    /** Returns a request whose TLS handshake fails. */
    Request requestWithoutTls(RequestSpec spec) {
        return Request.get("https://127.0.0.1:" + noTls.getLocalPort() + spec.path());
    }

    /** How many times a request has arrived; 0 if this was long ago. */
    int arrivals(RequestSpec spec) {
        long slot = arrived.get((int) (spec.id() & REMEMBERED - 1));
        return slot / COUNTS == spec.id() ? (int) (slot % COUNTS) : 0;
    }

    /** Returns a latch that opens when the server has sent everything after the response to this request. */
    CountDownLatch afterwards(RequestSpec spec) {
        return late.computeIfAbsent(spec.id(), id -> new CountDownLatch(1));
    }

    void haveSentAll(RequestSpec spec) {
        CountDownLatch waiting = late.remove(spec.id());
        if (waiting != null) {
            waiting.countDown();
        }
    }

    /** Returns a latch that opens when the caller of this request no longer waits. */
    CountDownLatch givenUp(RequestSpec spec) {
        return deaf.computeIfAbsent(spec.id(), id -> new CountDownLatch(1));
    }

    void forget(RequestSpec spec) {
        deaf.remove(spec.id());
    }

    private void count(RequestSpec spec) {
        long now = arrived.updateAndGet(
                (int) (spec.id() & REMEMBERED - 1),
                slot -> slot / COUNTS == spec.id() ? slot + 1 : spec.id() * COUNTS + 1);
        if (now % COUNTS > spec.maxArrivals()) {
            throw new AssertionError("%s has arrived %d times".formatted(spec, now % COUNTS));
        }
    }

    private void accept(String name, Acceptor acceptor, Script script) {
        Thread.ofPlatform().daemon().name("soak-" + name).start(() -> {
            while (!closed) {
                try {
                    ServerConnection connection = acceptor.accept();
                    open.incrementAndGet();
                    Thread.ofVirtual().name("soak-server").start(() -> serve(connection, script));
                } catch (IOException e) {
                    if (!closed) {
                        counters.fail("the server cannot accept", e);
                    }
                }
            }
        });
    }

    private void serve(ServerConnection connection, Script script) {
        try (connection) {
            script.serve(connection);
        } catch (IOException e) {
            // The client may close at any time.
        } catch (Throwable e) {
            counters.fail("the server has received what no client may send", e);
        } finally {
            open.decrementAndGet();
        }
    }

    private ServerConnection acceptTcp() throws IOException {
        Socket socket = tcp.accept();
        return ServerConnection.of(socket, socket);
    }

    private static ServerConnection secured(Socket accepted, SSLContext context) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(accepted, null, true);
        return ServerConnection.of(secured, accepted);
    }

    private ServerConnection acceptNoTls() throws IOException {
        Socket accepted = noTls.accept();
        int index = (int) (handshakes.getAndIncrement() % (2 * untrusted.length));
        return index < untrusted.length ? secured(accepted, untrusted[index]) : ServerConnection.of(accepted, accepted);
    }

    private void failHandshake(ServerConnection connection) throws IOException {
        SplittableRandom random = new SplittableRandom(handshakes.get());
        switch (random.nextInt(5)) {
            case 0 -> connection.reset();
            case 1 -> connection.sendRaw(FaultyResponses.bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
            case 2 -> connection.cut();
            default -> connection.awaitClose();
        }
    }

    private void answerAll(ServerConnection connection) throws IOException {
        for (ServerConnection.RequestHead head = connection.head(); head != null; head = connection.head()) {
            counters.requests.increment();
            count(head.spec);
            if (!new Responder(this, connection, head).answer()) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        for (FaultRelay relay : relays.values()) {
            relay.close();
        }
        tcp.close();
        tls.close();
        noTls.close();
        unix.close();
    }
}

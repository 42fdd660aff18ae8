package io.httpipe.soak;

import io.httpipe.Endpoint;
import io.httpipe.Request;
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
 * The server of the soak, over TCP, TLS and a Unix socket: it does with each request what its {@link Question} says.
 * Another port of it never gets through a TLS handshake.
 */
final class SoakServer implements Closeable {
    /** What is below HTTP. */
    enum Below {
        TCP,
        TLS,
        UNIX
    }

    /** The last requests that have arrived, each as its id and count; far more than are ever under way. */
    private static final int REMEMBERED = 1 << 18;

    private static final int COUNTS = 16;

    private final Tally tally;
    private final ServerSocket tcp = loopback();
    private final ServerSocket tls = loopback();
    private final ServerSocket noTls = loopback();
    private final ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final Endpoint unixEndpoint;
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
        Peer accept() throws IOException;
    }

    private interface Script {
        void serve(Peer peer) throws IOException;
    }

    SoakServer(Path directory, Tally tally) throws IOException {
        this.tally = tally;
        // What the server remembers is not to be taken for what the client does.
        context.getServerSessionContext().setSessionCacheSize(100);
        Path path = directory.resolve("soak");
        unix.bind(UnixDomainSocketAddress.of(path), 1024);
        unixEndpoint = Endpoint.unix(path);
        accept("tcp", this::acceptTcp, this::answerAll);
        accept("tls", () -> secured(tls.accept(), context), this::answerAll);
        accept("no-tls", this::acceptNoTls, this::failHandshake);
        accept("unix", () -> Peer.of(unix.accept()), this::answerAll);
    }

    private static ServerSocket loopback() throws IOException {
        return new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
    }

    /** How many connections it has at this moment. */
    int open() {
        return open.get();
    }

    /** A request that asks this. */
    Request request(Below below, String method, Question question) {
        return switch (below) {
            case TCP -> Request.of(method, "http://127.0.0.1:" + tcp.getLocalPort() + question.path());
            case TLS -> Request.of(method, "https://127.0.0.1:" + tls.getLocalPort() + question.path());
            case UNIX -> Request.of(method, question.path()).at(unixEndpoint);
        };
    }

    /** A request that no TLS handshake lets through. */
    Request requestWithoutTls(Question question) {
        return Request.get("https://127.0.0.1:" + noTls.getLocalPort() + question.path());
    }

    /** How often a request has arrived; 0 if that is long ago. */
    int arrivals(Question question) {
        long slot = arrived.get((int) (question.id() & REMEMBERED - 1));
        return slot / COUNTS == question.id() ? (int) (slot % COUNTS) : 0;
    }

    /** What opens when the server has sent all that it will behind the answer to this question. */
    CountDownLatch afterwards(Question question) {
        return late.computeIfAbsent(question.id(), id -> new CountDownLatch(1));
    }

    void haveSentAll(Question question) {
        CountDownLatch waiting = late.remove(question.id());
        if (waiting != null) {
            waiting.countDown();
        }
    }

    /** What opens when the caller of this question waits for nothing any more, however long that takes. */
    CountDownLatch givenUp(Question question) {
        return deaf.computeIfAbsent(question.id(), id -> new CountDownLatch(1));
    }

    void forget(Question question) {
        deaf.remove(question.id());
    }

    private void count(Question question) {
        long now = arrived.updateAndGet(
                (int) (question.id() & REMEMBERED - 1),
                slot -> slot / COUNTS == question.id() ? slot + 1 : question.id() * COUNTS + 1);
        if (now % COUNTS > question.most()) {
            throw new AssertionError("%s has come %d times".formatted(question, now % COUNTS));
        }
    }

    private void accept(String name, Acceptor acceptor, Script script) {
        Thread.ofPlatform().daemon().name("soak-" + name).start(() -> {
            while (!closed) {
                try {
                    Peer peer = acceptor.accept();
                    open.incrementAndGet();
                    Thread.ofVirtual().name("soak-server").start(() -> serve(peer, script));
                } catch (IOException e) {
                    if (!closed) {
                        tally.fail("the server cannot accept", e);
                    }
                }
            }
        });
    }

    private void serve(Peer peer, Script script) {
        try (peer) {
            script.serve(peer);
        } catch (IOException e) {
            // The client has closed, as it may at any time.
        } catch (Throwable e) {
            tally.fail("the server has got what no client may send", e);
        } finally {
            open.decrementAndGet();
        }
    }

    private Peer acceptTcp() throws IOException {
        Socket socket = tcp.accept();
        return Peer.of(socket, socket);
    }

    private static Peer secured(Socket accepted, SSLContext context) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(accepted, null, true);
        return Peer.of(secured, accepted);
    }

    private Peer acceptNoTls() throws IOException {
        Socket accepted = noTls.accept();
        int which = (int) (handshakes.getAndIncrement() % (2 * untrusted.length));
        return which < untrusted.length ? secured(accepted, untrusted[which]) : Peer.of(accepted, accepted);
    }

    private void failHandshake(Peer peer) throws IOException {
        SplittableRandom random = new SplittableRandom(handshakes.get());
        switch (random.nextInt(5)) {
            case 0 -> peer.reset();
            case 1 -> peer.sendRaw(Faults.octets("HTTP/1.1 400 Bad Request\r\n\r\n"));
            case 2 -> peer.cut();
            default -> peer.awaitClose();
        }
    }

    private void answerAll(Peer peer) throws IOException {
        for (Peer.ResponseHead head = peer.head(); head != null; head = peer.head()) {
            tally.requests.increment();
            count(head.question);
            if (!new Answering(this, peer, head).answer()) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        tcp.close();
        tls.close();
        noTls.close();
        unix.close();
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FullListener;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of the sockets that a client opens, and channels of the user's own. */
@Timeout(60)
class SocketsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** The channels that {@link #open} has opened. */
    private final ConcurrentLinkedQueue<SocketChannel> opened = new ConcurrentLinkedQueue<>();

    private SocketChannel open(SocketAddress remote) throws IOException {
        SocketChannel channel = remote instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        opened.add(channel);
        return channel;
    }

    private static Httpipe client(Sockets sockets) {
        return Httpipe.builder().sockets(sockets).build();
    }

    @Test
    void connectionsComeFromTheLocalAddress() throws Exception {
        Script script = peer -> {
            peer.head();
            String from = ((InetSocketAddress) peer.socket().getRemoteSocketAddress())
                    .getAddress()
                    .getHostAddress();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + from.length() + "\r\n\r\n" + from);
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client(Sockets.DEFAULT.localAddress(InetAddress.getByName("127.0.0.9")))) {
            assertEquals("127.0.0.9", hp.get(server.uri("/")).text());
        }
    }

    /** No machine has an address of this network (RFC 5737). */
    @Test
    void aLocalAddressOfAnotherMachineIsRefused() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(Sockets.DEFAULT.localAddress(InetAddress.getByName("192.0.2.1")))) {
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.get(server.uri("/")));
            assertTrue(e.getMessage().startsWith("cannot bind to the local address 192.0.2.1: "), e.getMessage());
            assertEquals(Phase.CONNECT, e.phase());
            assertTrue(e.safeToRetry());
            assertEquals(List.of(), hp.stats());
            assertEquals(0, server.connections());
        }
    }

    @Test
    void theSocketHasTheGivenOptions() throws Exception {
        Sockets sockets = Sockets.DEFAULT
                .channelFactory(this::open)
                .receiveBuffer(20_000)
                .sendBuffer(30_000)
                .keepAlive(Duration.ofSeconds(70), Duration.ofSeconds(7), 3);
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(sockets);
                SocketChannel plain = SocketChannel.open()) {
            assertEquals("OK", hp.get(server.uri("/")).text());
            SocketChannel channel = opened.remove();
            assertTrue(channel.getOption(StandardSocketOptions.TCP_NODELAY));
            assertTrue(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertEquals(70, option(channel, "TCP_KEEPIDLE"));
            assertEquals(7, option(channel, "TCP_KEEPINTERVAL"));
            assertEquals(3, option(channel, "TCP_KEEPCOUNT"));
            // The kernel may use a multiple of the size that it is given.
            plain.setOption(StandardSocketOptions.SO_RCVBUF, 20_000).setOption(StandardSocketOptions.SO_SNDBUF, 30_000);
            for (SocketOption<Integer> size :
                    List.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF)) {
                assertEquals(plain.getOption(size), channel.getOption(size), size.name());
            }
        }
    }

    private static Object option(SocketChannel channel, String name) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals(name)) {
                return channel.getOption(option);
            }
        }
        throw new AssertionError(name);
    }

    @Test
    void nothingIsSetByDefault() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(Sockets.DEFAULT.channelFactory(this::open));
                SocketChannel plain = SocketChannel.open()) {
            assertEquals("OK", hp.get(server.uri("/")).text());
            SocketChannel channel = opened.remove();
            assertFalse(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertEquals(option(plain, "TCP_KEEPIDLE"), option(channel, "TCP_KEEPIDLE"));
        }
    }

    @Test
    void optionsOfTcpDoNotAffectUnixSockets() throws Exception {
        Sockets sockets = Sockets.DEFAULT
                .localAddress(InetAddress.getByName("192.0.2.1"))
                .keepAlive(MINUTE, MINUTE, 3)
                .receiveBuffer(20_000)
                .channelFactory(this::open);
        try (ScriptedServer server = Transports.UNIX.server(ScriptedServer.inTurn(OK));
                Httpipe hp = client(sockets)) {
            assertEquals("OK", hp.request(Transports.request("GET", server)).text());
            assertInstanceOf(UnixDomainSocketAddress.class, opened.remove().getRemoteAddress());
        }
    }

    @Test
    void theFactoryOpensTheChannelOfEachAttempt() throws Exception {
        try (FullListener one = new FullListener("127.0.0.1", 0);
                ServerSocket listener = new ServerSocket(one.port(), 8, InetAddress.getByName("127.0.0.2"));
                ScriptedServer server = Servers.on(listener, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.builder()
                        .sockets(Sockets.DEFAULT.channelFactory(this::open))
                        .resolver(
                                host -> List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")))
                        .build()) {
            assertEquals("OK", hp.get("http://host.test:" + one.port() + "/").text());
            assertEquals(1, server.connections());
            assertFalse(opened.remove().isOpen(), "the first attempt has lost");
            assertTrue(opened.remove().isOpen());
            assertEquals(0, opened.size());
        }
    }

    @Test
    void aFactoryThatFailsIsAFailedConnect() throws Exception {
        assertFactoryFails("no sockets today", remote -> {
            throw new IOException("no sockets today");
        });
        assertFactoryFails("the channel factory failed: java.lang.IllegalStateException: broken", remote -> {
            throw new IllegalStateException("broken");
        });
        assertFactoryFails("the channel factory returned null", remote -> null);
    }

    private static void assertFactoryFails(String message, Sockets.ChannelFactory factory) throws Exception {
        List<InetAddress> both = List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2"));
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder()
                        .sockets(Sockets.DEFAULT.channelFactory(factory))
                        .resolver(host -> both)
                        .build()) {
            for (String host : List.of("127.0.0.1", "two.test")) {
                HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get(server.uri(host, "/")));
                boolean named = e.getMessage().contains(message)
                        || String.valueOf(e.getCause()).contains(message);
                assertTrue(named, e::toString);
                assertEquals(Phase.CONNECT, e.phase());
                assertEquals(List.of(), hp.stats());
            }
            assertEquals(0, server.connections());
        }
    }

    private static Httpipe clientOf(int addresses, Sockets.ChannelFactory factory) {
        return Httpipe.builder()
                .sockets(Sockets.DEFAULT.channelFactory(factory))
                .resolver(host -> List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2"))
                        .subList(0, addresses))
                .closeGrace(Duration.ZERO)
                .build();
    }

    /** A deadline cannot end a factory. The channel is closed as soon as the factory returns. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aChannelThatComesAfterTheDeadlineIsClosed(int addresses) throws Exception {
        Duration limit = Duration.ofMillis(500);
        Sockets.ChannelFactory slow = remote -> {
            long start = System.nanoTime();
            while (System.nanoTime() - start < 2 * limit.toNanos()) {
                LockSupport.parkNanos(limit.toNanos());
            }
            return open(remote);
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = clientOf(addresses, slow)) {
            Request request = Request.get(server.uri("host.test", "/"));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request.timeout(limit)));
            assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
            assertEquals(Phase.CONNECT, e.phase());
            Request hasty = request.timeouts(Timeouts.DEFAULT.connect(limit));
            e = assertThrows(TimedOutException.class, () -> hp.request(hasty));
            assertEquals(TimedOutException.Limit.CONNECT, e.limit());
            assertEquals(0, server.connections());
            assertEquals(List.of(), hp.stats());
            opened.forEach(channel -> assertFalse(channel.isOpen()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aNonBlockingChannelOfAFactoryIsConnectedToo(int addresses) throws Exception {
        Sockets.ChannelFactory careless = remote -> {
            SocketChannel channel = open(remote);
            channel.configureBlocking(false);
            return channel;
        };
        try (FullListener full = new FullListener();
                ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = clientOf(addresses, careless)) {
            assertEquals("OK", hp.get(server.uri("host.test", "/")).text());
            Request silent = Request.get("http://host.test:" + full.port() + "/");
            // The other address refuses, so only the time limit ends the wait for the silent one.
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> hp.request(silent.timeout(Duration.ofMillis(400))));
            assertEquals(Phase.CONNECT, e.phase());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "2, true", "2, false"})
    void anInterruptOfAFactoryCancelsTheCall(int addresses, boolean returns) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Sockets.ChannelFactory blocking = remote -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                if (!returns) {
                    throw new IOException("interrupted in the factory", e);
                }
            }
            return open(remote);
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = clientOf(addresses, blocking)) {
            FutureTask<CancelledException> call = new FutureTask<>(
                    () -> assertThrows(CancelledException.class, () -> hp.get(server.uri("host.test", "/"))));
            Thread caller = Threads.VIRTUAL.start(call);
            Threads.awaitWaiting(caller, "SocketSettings.open CountDownLatch.await");
            caller.interrupt();
            assertEquals(
                    CancelledException.Reason.INTERRUPT,
                    call.get(20, TimeUnit.SECONDS).reason());
            assertEquals(0, server.connections());
            opened.forEach(channel -> assertFalse(channel.isOpen()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aChannelThatComesAfterTheEndOfItsClientIsClosed(int addresses) throws Exception {
        Signal asked = new Signal();
        Signal closed = new Signal();
        Sockets.ChannelFactory slow = remote -> {
            asked.set();
            closed.await();
            return open(remote);
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = clientOf(addresses, slow)) {
            FutureTask<CancelledException> call = new FutureTask<>(
                    () -> assertThrows(CancelledException.class, () -> hp.get(server.uri("host.test", "/"))));
            Threads.VIRTUAL.start(call);
            asked.await();
            Threads.VIRTUAL.start(hp::close).join();
            closed.set();
            CancelledException e = call.get(20, TimeUnit.SECONDS);
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            assertEquals(Phase.CONNECT, e.phase());
            assertEquals(0, server.connections());
            opened.forEach(channel -> assertFalse(channel.isOpen()));
        }
    }

    /**
     * The JDK throws a SocketException if no file descriptor is free. The client closes idle connections only in that
     * case, and not because a factory throws the same exception.
     */
    @Test
    void aSocketExceptionOfAFactoryClosesNoIdleConnection() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Sockets.ChannelFactory factory = remote -> {
            if (calls.incrementAndGet() == 2) {
                throw new SocketException("the VPN is down");
            }
            return open(remote);
        };
        try (ScriptedServer one = ScriptedServer.answering(OK);
                ScriptedServer two = ScriptedServer.answering(OK);
                Httpipe hp = client(Sockets.DEFAULT.channelFactory(factory))) {
            assertEquals("OK", hp.get(one.uri("/")).text());
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.get(two.uri("/")));
            assertTrue(e.getMessage().contains("the VPN is down"), e.getMessage());
            assertEquals(2, calls.get());
            assertEquals(1, hp.get(one.uri("/")).reusedTimes());
        }
    }

    @Test
    void badValuesAreRefused() {
        Duration second = Duration.ofSeconds(1);
        assertRefused("localAddress is null", () -> Sockets.DEFAULT.localAddress(null));
        assertRefused("channelFactory is null", () -> Sockets.DEFAULT.channelFactory(null));
        assertRefused("bytes: 0 is less than 1", () -> Sockets.DEFAULT.receiveBuffer(0));
        assertRefused("bytes: -1 is less than 1", () -> Sockets.DEFAULT.sendBuffer(-1));
        assertRefused("idle is null", () -> Sockets.DEFAULT.keepAlive(null, second, 1));
        assertRefused("interval is null", () -> Sockets.DEFAULT.keepAlive(second, null, 1));
        assertRefused(
                "idle: PT0.5S is not 1 to 32767 whole seconds",
                () -> Sockets.DEFAULT.keepAlive(Duration.ofMillis(500), second, 1));
        assertRefused(
                "interval: PT1.5S is not 1 to 32767 whole seconds",
                () -> Sockets.DEFAULT.keepAlive(second, Duration.ofMillis(1500), 1));
        assertRefused(
                "idle: PT9H6M8S is not 1 to 32767 whole seconds",
                () -> Sockets.DEFAULT.keepAlive(Duration.ofSeconds(32_768), second, 1));
        assertRefused("count: 0 is not 1 to 127", () -> Sockets.DEFAULT.keepAlive(second, second, 0));
        assertRefused("count: 128 is not 1 to 127", () -> Sockets.DEFAULT.keepAlive(second, second, 128));
        assertRefused("sockets is null", () -> Httpipe.builder().sockets(null));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void valuesAreComparedAndShown() throws Exception {
        Sockets one = Sockets.DEFAULT.sendBuffer(5).keepAlive(MINUTE, Duration.ofSeconds(3), 2);
        Sockets same =
                Sockets.DEFAULT.keepAlive(MINUTE, Duration.ofSeconds(3), 2).sendBuffer(5);
        assertEquals(one, same);
        assertEquals(one.hashCode(), same.hashCode());
        assertEquals("Sockets[]", Sockets.DEFAULT.toString());
        assertEquals(
                "Sockets[localAddress=127.0.0.1, receiveBuffer=7, sendBuffer=5, keepAlive=60 s, 3 s, 2]",
                one.localAddress(InetAddress.getByName("127.0.0.1"))
                        .receiveBuffer(7)
                        .toString());
    }

    @Test
    void aClientOverTheSamePoolHasTheSameSockets() {
        try (Httpipe hp = client(Sockets.DEFAULT.sendBuffer(5))) {
            hp.with(options -> options.sockets(Sockets.DEFAULT.sendBuffer(5))).close();
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> hp.with(options -> options.sockets(Sockets.DEFAULT)));
            assertTrue(e.getMessage().contains("sockets"), e.getMessage());
        }
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FileDescriptors;
import io.httpipe.testing.FullListener;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests which address of a host a client connects to. All addresses of 127.0.0.0/8 are this machine, and a port that is
 * in use on one of them is free on the others. If a race waited for a silent address, the test would time out.
 */
@Timeout(60)
class AddressRacingTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String ONE = "127.0.0.1";
    private static final String TWO = "127.0.0.2";
    private static final String THREE = "127.0.0.3";

    /** Each response needs a connection of its own. */
    private static Httpipe.Builder options(String... addresses) throws UnknownHostException {
        List<InetAddress> resolved = new ArrayList<>();
        for (String address : addresses) {
            resolved.add(InetAddress.getByName(address));
        }
        return Httpipe.builder()
                .timeouts(Timeouts.of(Duration.ofHours(1)))
                .maxIdlePerRoute(0)
                .resolver(host -> resolved);
    }

    /** The attempt delay is an hour, so that only the end of an attempt starts the next one. */
    private static Httpipe.Builder patient(String... addresses) throws UnknownHostException {
        Httpipe.Builder options = options(addresses);
        return options.dialer(options.options.dialer.withAttemptDelay(TimeUnit.HOURS.toNanos(1)));
    }

    private final List<Socket> reserved = new ArrayList<>();

    private static ScriptedServer server(String address, int port) throws IOException {
        return Servers.on(new ServerSocket(port, 64, InetAddress.getByName(address)), ScriptedServer.inTurn(OK));
    }

    /** Starts a server on one address, and reserves its port on the other addresses. These then refuse connections. */
    private ScriptedServer alone(String address, String... others) throws IOException {
        while (true) {
            ScriptedServer server = server(address, 0);
            try {
                for (String other : others) {
                    Socket socket = new Socket();
                    reserved.add(socket);
                    socket.bind(new InetSocketAddress(other, server.port()));
                }
                return server;
            } catch (BindException e) {
                server.close();
            }
        }
    }

    @AfterEach
    void release() throws IOException {
        for (Socket socket : reserved) {
            socket.close();
        }
    }

    private static Request get(int port) {
        return Request.get("http://host.test:" + port + "/");
    }

    @ParameterizedTest
    @EnumSource
    void aSilentAddressDelaysTheNextOneByTheAttemptDelayOnly(Threads threads) throws Exception {
        try (FullListener one = new FullListener(ONE, 0);
                ScriptedServer two = server(TWO, one.port());
                Httpipe hp = options(ONE, TWO).build()) {
            assertEquals("OK", threads.call(() -> hp.request(get(one.port())).text()));
            assertEquals(1, two.connections());
        }
    }

    /** With the test above, shows that a dead first address costs this delay, and no share of the connect timeout. */
    @Test
    void theAttemptDelayOfAClientIsAQuarterOfASecond() {
        try (Httpipe hp = Httpipe.create()) {
            assertEquals(TimeUnit.MILLISECONDS.toNanos(250), hp.options().dialer.attemptDelay());
        }
    }

    @Test
    void theAddressThatAnsweredIsTriedFirstNextTime() throws Exception {
        FullListener silent = new FullListener(ONE, 0);
        int port = silent.port();
        try (ScriptedServer two = server(TWO, port);
                Httpipe hp = options(ONE, TWO).build()) {
            assertEquals("OK", hp.request(get(port)).text());
            silent.close();
            try (ScriptedServer one = server(ONE, port)) {
                for (int i = 0; i < 5; i++) {
                    assertEquals("OK", hp.request(get(port)).text());
                }
                assertEquals(0, one.connections());
                assertEquals(6, two.connections());
            }
        }
    }

    /** Records the attempts by the channels that the client opens. */
    @Test
    void aDeadFirstAddressCostsTheAttemptDelayOnce() throws Exception {
        Queue<String> attempts = new ConcurrentLinkedQueue<>();
        Queue<Long> times = new ConcurrentLinkedQueue<>();
        Sockets.ChannelFactory recording = remote -> {
            attempts.add(((InetSocketAddress) remote).getAddress().getHostAddress());
            times.add(System.nanoTime());
            return SocketChannel.open();
        };
        try (FullListener one = new FullListener(ONE, 0);
                ScriptedServer two = server(TWO, one.port());
                Httpipe hp = options(ONE, TWO)
                        .sockets(Sockets.DEFAULT.channelFactory(recording))
                        .build()) {
            assertEquals("OK", hp.request(get(one.port())).text());
            assertEquals(List.of(ONE, TWO), List.copyOf(attempts));
            long wait = -(times.remove() - times.remove());
            assertTrue(wait >= TimeUnit.MILLISECONDS.toNanos(250), "the default delay, not " + wait);
            for (int i = 0; i < 3; i++) {
                attempts.clear();
                assertEquals("OK", hp.request(get(one.port())).text());
                assertEquals(List.of(TWO), List.copyOf(attempts), "the last winner, and nothing else");
            }
            assertEquals(4, two.connections());
        }
    }

    /** The delay is an hour, so a wait for it would let the test time out. */
    @Test
    void localhostNeedsNoDelayIfTheServerListensOnOneFamilyOnly() throws Exception {
        Httpipe.Builder options = Httpipe.builder();
        try (ScriptedServer server = server(ONE, 0);
                Httpipe hp = options.dialer(options.options.dialer.withAttemptDelay(TimeUnit.HOURS.toNanos(1)))
                        .build()) {
            assertEquals("OK", hp.get("http://localhost:" + server.port() + "/").text());
        }
    }

    @Test
    void anAddressThatDidNotAnswerIsTriedLastNextTime() throws Exception {
        FullListener silent = new FullListener(ONE, 0);
        int port = silent.port();
        try (ScriptedServer three = server(THREE, port);
                Httpipe hp = options(ONE, TWO, THREE).build()) {
            try (ScriptedServer two = server(TWO, port)) {
                assertEquals("OK", hp.request(get(port)).text());
                assertEquals(1, two.connections());
            }
            silent.close();
            try (ScriptedServer one = server(ONE, port)) {
                assertEquals("OK", hp.request(get(port)).text(), "the last winner refuses");
                assertEquals(0, one.connections());
                assertEquals(1, three.connections());
            }
        }
    }

    /** The delay is an hour, so only the refusal can start the second attempt. */
    @ParameterizedTest
    @EnumSource
    void theNextAddressIsTriedAtOnceAfterARefusal(Threads threads) throws Exception {
        try (ScriptedServer three = alone(THREE, ONE, TWO);
                Httpipe hp = patient(ONE, TWO, THREE).build()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        "OK", threads.call(() -> hp.request(get(three.port())).text()));
            }
            assertEquals(3, three.connections());
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, ::1", "::1, 127.0.0.1"})
    void aServerThatListensOnOneFamilyOnlyIsFoundAtOnce(String listening, String other) throws Exception {
        assumeTrue(canListen("::1"), "this machine has no IPv6");
        try (ScriptedServer server = alone(listening, other)) {
            for (List<String> order : List.of(List.of(listening, other), List.of(other, listening))) {
                try (Httpipe hp = patient(order.toArray(String[]::new)).build()) {
                    assertEquals("OK", hp.request(get(server.port())).text());
                }
            }
            assertEquals(2, server.connections());
        }
    }

    private static boolean canListen(String address) {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return listener.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aRefusalStartsTheNextAttemptWhileAnEarlierOneStillRuns() throws Exception {
        try (FullListener one = new FullListener(ONE, 0);
                ScriptedServer three = server(THREE, one.port());
                Httpipe hp = options(ONE, TWO, THREE).build()) {
            assertEquals("OK", hp.request(get(one.port())).text());
            assertEquals(1, three.connections());
        }
    }

    @Test
    void onlyTheFirstAddressIsContactedIfItAnswers() throws Exception {
        try (ScriptedServer one = server(ONE, 0);
                ScriptedServer two = server(TWO, one.port());
                Httpipe hp = options(ONE, TWO).build()) {
            for (int i = 0; i < 10; i++) {
                assertEquals("OK", hp.request(get(one.port())).text());
            }
            assertEquals(10, one.connections());
            assertEquals(0, two.connections());
        }
    }

    /** The pool allows one connection. A race of several attempts counts as one connection. */
    @Test
    void aRaceTakesOnePlaceInThePoolAndLeavesNoDescriptorAndNoThread() throws Exception {
        try (FullListener silent = new FullListener("0.0.0.0", 0);
                Httpipe hp = options(ONE, TWO, THREE)
                        .maxConnections(1)
                        .connectionAttemptDelay(Duration.ofMillis(100))
                        .build()) {
            Request hasty = get(silent.port()).timeout(Duration.ofMillis(400));
            assertThrows(TimedOutException.class, () -> hp.request(hasty));
            long before = FileDescriptors.open();
            for (int i = 0; i < 3; i++) {
                TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(hasty));
                assertEquals(Phase.CONNECT, e.phase());
                assertEquals(List.of(), hp.stats());
            }
            long left = FileDescriptors.least(before, Duration.ofSeconds(10));
            assertTrue(left <= before, () -> before + " descriptors before, now " + left);
            List<String> threads = Threads.named("httpipe-connect");
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                    !threads.isEmpty() && System.nanoTime() < end; ) {
                threads = Threads.named("httpipe-connect");
            }
            assertEquals(List.of(), threads);
        }
    }

    @Test
    void aWonRaceIsOneConnection() throws Exception {
        try (FullListener one = new FullListener(ONE, 0);
                ScriptedServer two = server(TWO, one.port());
                Httpipe hp =
                        options(ONE, TWO).maxConnections(1).maxIdlePerRoute(1).build()) {
            assertEquals("OK", hp.request(get(one.port())).text());
            assertEquals(1, hp.stats().getFirst().open());
            assertEquals(1, hp.request(get(one.port())).reusedTimes());
            assertEquals(1, two.connections());
        }
    }

    @Test
    void theTlsHandshakeUsesTheWinner() throws Exception {
        try (FullListener one = new FullListener(ONE, 0);
                ServerSocket two = new ServerSocket(one.port(), 8, InetAddress.getByName(TWO));
                ScriptedServer server =
                        Servers.tlsOn(two, TestCertificates.get().server(), ScriptedServer.inTurn(OK));
                Httpipe hp = options(ONE, TWO).tls(Exchanges.TRUSTING).build()) {
            assertEquals("OK", hp.get("https://localhost:" + one.port() + "/").text());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void theFailureNamesAllAddresses() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                Httpipe hp = patient(ONE, TWO).build()) {
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.request(get(nobody.port())));
            String tried = "tried 127.0.0.1 (Connection refused), 127.0.0.2 (Connection refused) while ";
            assertTrue(plain(e).startsWith(tried), e.getMessage());
            assertEquals(Phase.CONNECT, e.phase());
            assertTrue(e.safeToRetry());
            ConnectException cause = assertInstanceOf(ConnectException.class, e.getCause());
            assertEquals(2, cause.getSuppressed().length);
            assertEquals("Connection refused", plain(cause.getSuppressed()[0]));
        }
    }

    /** Returns the message without the text that the JDK adds for some kinds of connects. */
    private static String plain(Throwable e) {
        return e.getMessage().replace(" (connect failed)", "");
    }

    @Test
    void theFailureListsALimitedNumberOfAddresses() throws Exception {
        String[] many = new String[100];
        Arrays.setAll(many, i -> "127.0.1." + i);
        try (ClosedPort nobody = new ClosedPort();
                Httpipe hp = patient(many).build()) {
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.request(get(nobody.port())));
            assertTrue(plain(e).contains("127.0.1.7 (Connection refused) and 92 more while "), e.getMessage());
        }
    }

    /** The delay is longer than the timeout. Half of the time is left for the second address. */
    @Test
    void aConnectTimeoutShorterThanTheDelayStillAllowsTheNextAddress() throws Exception {
        try (FullListener silent = new FullListener("0.0.0.0", 0);
                Httpipe hp = options(ONE, TWO)
                        .connectionAttemptDelay(Duration.ofSeconds(2))
                        .timeouts(Timeouts.DEFAULT.connect(Duration.ofSeconds(1)))
                        .build()) {
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(get(silent.port())));
            assertEquals(TimedOutException.Limit.CONNECT, e.limit());
            String tried =
                    "exceeded the connect timeout of 1000 ms (tried 127.0.0.1 (no answer), 127.0.0.2 (no answer))";
            assertTrue(e.getMessage().startsWith(tried), e.getMessage());
        }
    }

    @Test
    void theTimeoutHasTheFailuresOfOtherAddresses() throws Exception {
        try (FullListener one = new FullListener(ONE, 0);
                Httpipe hp = options(ONE, TWO)
                        .connectionAttemptDelay(Duration.ofMillis(100))
                        .build()) {
            Request hasty = get(one.port()).timeout(Duration.ofMillis(1500));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(hasty));
            String tried = "(tried 127.0.0.1 (no answer), 127.0.0.2 (Connection refused))";
            assertTrue(plain(e).contains(tried), e.getMessage());
            assertEquals("Connection refused", plain(e.getSuppressed()[0]));
        }
    }

    @Test
    void theAttemptDelayHasBounds() {
        for (Duration valid : List.of(Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofSeconds(2))) {
            Httpipe.builder().connectionAttemptDelay(valid);
        }
        for (Duration invalid : List.of(
                Duration.ofMillis(99),
                Duration.ofMillis(2001),
                Duration.ZERO,
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE))) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> Httpipe.builder().connectionAttemptDelay(invalid));
            assertEquals("connectionAttemptDelay: " + invalid + " is not between 100 ms and 2 seconds", e.getMessage());
        }
        String text =
                Httpipe.builder().connectionAttemptDelay(Duration.ofMillis(150)).toString();
        assertTrue(text.contains("connectionAttemptDelay=PT0.15S"), text);
    }
}

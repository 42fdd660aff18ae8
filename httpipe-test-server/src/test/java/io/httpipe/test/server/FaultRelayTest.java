package io.httpipe.test.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.InjectedFault.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FaultRelayTest {
    /** Echoes each connection; puts what it has received into the queue when the client ends. */
    private ServerSocket server;

    /** How many bytes the server reads before it answers, as for a whole request; 0 to echo what has arrived. */
    private volatile int unit;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @BeforeEach
    void startServer() throws IOException {
        server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread.ofPlatform().daemon().start(() -> echo(socket));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    @AfterEach
    void stopServer() throws IOException {
        server.close();
    }

    private void echo(Socket socket) {
        StringBuilder all = new StringBuilder();
        try (socket) {
            byte[] piece = new byte[1_000];
            InputStream in = socket.getInputStream();
            for (int read = read(in, piece); read > 0; read = read(in, piece)) {
                all.append(new String(piece, 0, read, ISO_8859_1));
                socket.getOutputStream().write(piece, 0, read);
            }
        } catch (IOException e) {
            all.append('!');
        }
        received.add(all.toString());
    }

    private int read(InputStream in, byte[] piece) throws IOException {
        if (unit == 0) {
            return in.read(piece);
        }
        int read = in.readNBytes(piece, 0, unit);
        return read < unit ? -1 : read;
    }

    private FaultRelay relay(Faults faults) throws IOException {
        return FaultRelay.to("127.0.0.1", server.getLocalPort(), faults);
    }

    private static InjectedFault fault(FaultKind kind, Direction direction, int atByte) {
        return new InjectedFault(kind, 0, direction, atByte, Duration.ofMillis(kind == FaultKind.CUT ? 0 : 5));
    }

    private static Socket connect(FaultRelay relay) throws IOException {
        Socket socket = new Socket("127.0.0.1", relay.port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** Sends a text, and returns what comes back, with "." for the end and "!" for a reset. */
    private static String echoOf(String text, FaultRelay relay) throws IOException {
        StringBuilder back = new StringBuilder();
        try (Socket socket = connect(relay)) {
            try {
                socket.getOutputStream().write(text.getBytes(ISO_8859_1));
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                for (int next = in.read(); next >= 0; next = in.read()) {
                    back.append((char) next);
                }
                back.append('.');
            } catch (IOException e) {
                back.append('!');
            }
        }
        return back.toString();
    }

    @Test
    void withoutFaultsAllBytesPass() throws Exception {
        String text = "0123456789".repeat(10_000);
        try (FaultRelay relay = relay(Faults.random(1).rate(0))) {
            assertEquals(text + ".", echoOf(text, relay));
            assertEquals(text, received.take());
            assertEquals(List.of(), relay.injected());
            assertEquals(1, relay.connections());
            assertEquals("http://127.0.0.1:" + relay.port() + "/a", relay.uri("/a"));
        }
    }

    @Test
    void aDelayAndSlowBytesLoseNothing() throws Exception {
        String text = "0123456789".repeat(100);
        InjectedFault delay = fault(FaultKind.DELAY, Direction.REQUEST, 500);
        InjectedFault slow = fault(FaultKind.SLOW, Direction.RESPONSE, 900);
        try (FaultRelay relay = relay(Faults.exactly(slow, delay))) {
            assertEquals(text + ".", echoOf(text, relay));
            assertEquals(List.of(delay, slow), relay.injected());
        }
    }

    @Test
    void aCutResponseHasExactlyTheBytesBefore() throws Exception {
        try (FaultRelay relay = relay(Faults.exactly(fault(FaultKind.CUT, Direction.RESPONSE, 4)))) {
            assertEquals("0123.", echoOf("0123456789", relay));
            assertEquals("0123456789.", echoOf("0123456789", relay), "the next connection has no fault");
        }
    }

    @Test
    void aCutRequestHasExactlyTheBytesBefore() throws Exception {
        try (FaultRelay relay = relay(Faults.exactly(fault(FaultKind.CUT, Direction.REQUEST, 4)))) {
            echoOf("0123456789", relay);
            assertTrue(received.take().startsWith("0123"));
        }
    }

    @Test
    void aResetIsNotAnEnd() throws Exception {
        try (FaultRelay relay = relay(Faults.exactly(fault(FaultKind.RESET, Direction.RESPONSE, 0)))) {
            assertEquals("!", echoOf("0123456789", relay));
        }
        try (FaultRelay relay = relay(Faults.exactly(fault(FaultKind.REFUSE, Direction.REQUEST, 0)))) {
            assertEquals("!", echoOf("0123456789", relay));
            assertEquals(1, relay.injected().size());
        }
    }

    @Test
    void aStalledResponseStaysOpenUntilTheClientCloses() throws Exception {
        for (Direction direction : Direction.values()) {
            try (FaultRelay relay = relay(Faults.exactly(fault(FaultKind.STALL, direction, 4)))) {
                try (Socket socket = connect(relay)) {
                    socket.getOutputStream().write("0123456789".getBytes(ISO_8859_1));
                    byte[] first = socket.getInputStream().readNBytes(4);
                    assertEquals("0123", new String(first, ISO_8859_1));
                    socket.setSoTimeout(50);
                    assertThrows(
                            SocketTimeoutException.class,
                            () -> socket.getInputStream().read());
                    assertEquals(1, relay.openConnections());
                }
                assertTrue(received.take().startsWith("0123"), "the server notices the close");
            }
        }
    }

    @Test
    void closeEndsAStallADelayAndASilentConnection() throws Exception {
        InjectedFault delay = new InjectedFault(FaultKind.DELAY, 0, Direction.REQUEST, 1, Duration.ofHours(1));
        InjectedFault stall = new InjectedFault(FaultKind.STALL, 1, Direction.REQUEST, 1, Duration.ZERO);
        List<Socket> sockets = new ArrayList<>();
        FaultRelay relay = relay(Faults.exactly(delay, stall));
        for (int i = 0; i < 3; i++) {
            sockets.add(connect(relay));
            sockets.get(i).getOutputStream().write("0123".getBytes(ISO_8859_1));
            assertEquals('0', sockets.get(i).getInputStream().read());
        }
        relay.close();
        for (Socket socket : sockets) {
            received.take();
            socket.close();
        }
        assertEquals(0, relay.openConnections());
        assertThrows(IOException.class, () -> connect(relay).close());
    }

    @Test
    void anInterruptedCloseEndsAllConnectionsAndKeepsTheInterrupt() throws Exception {
        for (int run = 0; run < 20; run++) {
            FaultRelay relay = relay(Faults.random(1).rate(0));
            try (Socket socket = connect(relay)) {
                socket.getOutputStream().write('0');
                assertEquals('0', socket.getInputStream().read());
                FutureTask<Boolean> close = new FutureTask<>(() -> {
                    Thread.currentThread().interrupt();
                    relay.close();
                    return Thread.currentThread().isInterrupted();
                });
                Thread closer = Thread.ofPlatform().daemon().start(close);
                while (closer.isAlive()) {
                    closer.interrupt();
                }
                assertTrue(close.get(), "the interrupt");
                assertEquals(0, relay.openConnections());
            }
        }
    }

    @Test
    void theSameSeedAndConnectionsGiveTheSameFaults() throws Exception {
        Faults faults = Faults.random(3)
                .rate(0.3)
                .span(500)
                .delays(Duration.ofMillis(1))
                .without(FaultKind.STALL);
        // If bytes passed in both directions at the same time, chance would decide which direction ends first.
        unit = 200;
        List<List<InjectedFault>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            try (FaultRelay relay = relay(faults)) {
                for (int i = 0; i < 40; i++) {
                    exchange(relay);
                }
                runs.add(relay.injected());
                assertTrue(relay.toString().contains("Faults.random(3).rate(0.3)"), relay.toString());
                assertTrue(relay.toString().contains("\n  " + runs.get(run).getFirst()), relay.toString());
            }
        }
        assertEquals(runs.get(0), runs.get(1));
        assertFalse(runs.get(0).isEmpty());
    }

    /** Sends pieces and waits for each to come back, as with requests and responses. */
    private static void exchange(FaultRelay relay) throws IOException {
        try (Socket socket = connect(relay)) {
            for (int i = 0; i < 10; i++) {
                socket.getOutputStream().write(new byte[200]);
                if (socket.getInputStream().readNBytes(200).length < 200) {
                    return;
                }
            }
        } catch (IOException e) {
            // A fault.
        }
    }

    @Test
    void theServerMayListenOnAUnixSocket(@TempDir Path folder) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address);
            Thread.ofPlatform().daemon().start(() -> {
                try (var channel = listener.accept()) {
                    Channels.newInputStream(channel).transferTo(Channels.newOutputStream(channel));
                } catch (IOException e) {
                    received.add(e.toString());
                }
            });
            try (FaultRelay relay = FaultRelay.to(address, Faults.random(1).rate(0))) {
                assertEquals("0123.", echoOf("0123", relay));
            }
        }
    }

    @Test
    void aServerThatCannotBeReachedLooksLikeAReset() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                FaultRelay relay = FaultRelay.to(nobody.address(), Faults.random(1))) {
            assertEquals("!", echoOf("0123", relay));
        }
        assertNull(received.poll(0, TimeUnit.SECONDS));
    }

    private static void assertNull(Object value) {
        org.junit.jupiter.api.Assertions.assertNull(value);
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Descriptors;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The end of a client: who may still go on, for how long, and that nothing is left. */
@Timeout(60)
class ClientCloseTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    /** The first half of a body; the second comes when the test says so. */
    private static ScriptedServer.Script inHalves(Signal next) {
        return peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
                next.await();
                try {
                    peer.send("re");
                } catch (IOException e) {
                    return; // The client has gone.
                }
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void theEndOfTheGraceTimeEndsCallsWhereverTheyAre(Transports below) throws Exception {
        // Once before the counting, for the JDK opens some descriptors for good at their first use.
        closeWhileCallsAreHeld(below);
        long before = Descriptors.least(0, Duration.ofMillis(200));
        closeWhileCallsAreHeld(below);
        assertEquals(before, Math.max(before, Descriptors.least(before, Duration.ofSeconds(20))));
    }

    /** A call at each point at which it may wait, each of a client of its own that several threads close at once. */
    private static void closeWhileCallsAreHeld(Transports below) throws Exception {
        List<Hold> holds = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (BlockingPoint point : BlockingPoint.over(below)) {
                if (point.phase != null) {
                    Hold hold = new Hold(point, below, options -> options.closeGrace(Duration.ofMillis(20)));
                    holds.add(hold);
                    hold.begin(Threads.VIRTUAL, UnaryOperator.identity());
                }
            }
            for (Hold hold : holds) {
                hold.awaitHeld();
            }
            List<Future<?>> closing = new ArrayList<>();
            for (Hold hold : holds) {
                closing.add(threads.submit(hold.hp::close));
                closing.add(threads.submit(hold.hp::close));
            }
            for (Future<?> close : closing) {
                close.get(20, TimeUnit.SECONDS);
            }
            for (Hold hold : holds) {
                hold.assertEndedWithItsClient();
            }
        } finally {
            for (Hold hold : holds) {
                hold.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsOpenMayBeReadToItsEndWithinTheGraceTime(Transports below) throws Exception {
        Signal next = new Signal();
        try (ScriptedServer server = below.server(inHalves(next));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = below.client().closeGrace(LONG).build();
            StreamedResponse response = hp.stream(Transports.request("GET", server));
            Exchange exchange = Exchanges.connect(below, hp, server);
            exchange.sendRequest(Request.get("/"));
            Future<?> closing = threads.submit(hp::close);
            while (!refuses(hp)) {
                Thread.onSpinWait();
            }
            next.set();
            assertEquals("here", new String(response.body().readAllBytes(), "US-ASCII"));
            assertEquals("here", exchange.readResponse().text());
            assertFalse(exchange.keepAlive(), "there is no pool any more");
            closing.get(20, TimeUnit.SECONDS);
            assertEquals(List.of(), hp.stats());
        }
    }

    private static boolean refuses(Httpipe hp) throws IOException {
        try {
            hp.connect("127.0.0.1", 1).close();
        } catch (HttpipeException e) {
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
        throw new AssertionError("somebody listens there");
    }

    @Test
    void whatIsOpenIsClosedWhenTheGraceTimeIsOver() throws Exception {
        Signal never = new Signal();
        try (ScriptedServer server = ScriptedServer.of(inHalves(never));
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()))) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ofMillis(20)).build();
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            Exchange exchange = hp.connect(server.endpoint());
            exchange.sendRequest(Request.get("/"));
            Exchange attached = hp.attach(channel);
            hp.close();
            assertFalse(channel.isOpen());
            assertThrows(ConnectionLostException.class, () -> response.body().readAllBytes());
            assertThrows(ConnectionLostException.class, exchange::readResponse);
            assertThrows(ConnectionLostException.class, () -> attached.sendRequest(Request.get("/")));
            response.close();
            exchange.close();
            attached.close();
            assertEquals(List.of(), hp.stats());
            never.set();
        }
    }

    @Test
    void aClientThatIsClosedWhereItsOwnResponseIsOpenWaitsForTheGraceTimeAndNoLonger() throws Exception {
        Signal never = new Signal();
        try (ScriptedServer server = ScriptedServer.of(inHalves(never))) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ofMillis(20)).build();
            assertThrows(
                    ConnectionLostException.class,
                    () -> hp.request(Request.get(server.uri("/")), response -> {
                        hp.close();
                        return response.body().readAllBytes();
                    }));
            assertEquals(List.of(), hp.stats());
            never.set();
        }
    }

    @Test
    void aSecondCloseDoesNotWaitForTheGraceTimeAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.Peer::awaitClose)) {
            Httpipe hp = Httpipe.builder().closeGrace(LONG).build();
            try (Exchange exchange = hp.connect(server.endpoint())) {
                Thread.currentThread().interrupt();
                hp.close();
                assertTrue(Thread.interrupted(), "the flag is left set");
                assertFalse(exchange.eof());
                assertEquals(1, hp.stats().size(), "the exchange has not been closed by its owner");
                long start = System.nanoTime();
                hp.close();
                assertTrue(System.nanoTime() - start < LONG.toNanos() / 5);
            }
        }
    }

    @Test
    void aChannelIsNotAttachedToAClosedClient() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()))) {
            Httpipe hp = Httpipe.create();
            hp.close();
            assertThrows(IllegalStateException.class, () -> hp.attach(channel));
            assertTrue(channel.isOpen(), "it is still its owner's");
        }
    }
}

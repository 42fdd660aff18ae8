package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FileDescriptors;
import io.httpipe.testing.LogListener;
import io.httpipe.testing.Servers;
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
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Closing a client: which calls may continue, for how long, and that nothing is left. */
@Timeout(60)
class ClientCloseTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    /** Sends the first half of a body, and the second half after the signal. */
    private static Script twoHalves(Signal next) {
        return peer -> {
            try {
                for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
                    next.await();
                    peer.send("re");
                }
            } catch (IOException e) {
                // The client has closed the connection.
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void theEndOfTheGraceTimeEndsCallsAtEachBlockingPoint(Transports transport) throws Exception {
        // The first run is not counted: the JDK opens some descriptors permanently at first use.
        closeWhileCallsAreHeld(transport);
        long before = FileDescriptors.least(0, Duration.ofMillis(200));
        closeWhileCallsAreHeld(transport);
        assertEquals(before, Math.max(before, FileDescriptors.least(before, Duration.ofSeconds(20))));
    }

    /** Blocks one call at each blocking point, each with its own client, and closes each client from two threads. */
    private static void closeWhileCallsAreHeld(Transports transport) throws Exception {
        List<HeldCall> holds = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (BlockingPoint point : BlockingPoint.over(transport)) {
                if (point.phase != null) {
                    HeldCall hold =
                            new HeldCall(point, transport, options -> options.closeGrace(Duration.ofMillis(20)));
                    holds.add(hold);
                    hold.begin(Threads.VIRTUAL, UnaryOperator.identity());
                }
            }
            for (HeldCall hold : holds) {
                hold.awaitHeld();
            }
            List<Future<?>> closing = new ArrayList<>();
            for (HeldCall hold : holds) {
                closing.add(threads.submit(hold.hp::close));
                closing.add(threads.submit(hold.hp::close));
            }
            for (Future<?> close : closing) {
                close.get(20, TimeUnit.SECONDS);
            }
            for (HeldCall hold : holds) {
                hold.assertEndedWithItsClient();
            }
        } finally {
            for (HeldCall hold : holds) {
                hold.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void openResponsesCanBeReadToTheEndWithinTheGraceTime(Transports transport) throws Exception {
        Signal next = new Signal();
        try (ScriptedServer server = transport.server(twoHalves(next));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = transport.client().closeGrace(LONG).build();
            StreamedResponse response = hp.stream(Transports.request("GET", server));
            Exchange exchange = Exchanges.connect(transport, hp, server);
            exchange.sendRequest(Request.get("/"));
            Future<?> closing = threads.submit(hp::close);
            while (!refuses(hp)) {
                Thread.onSpinWait();
            }
            next.set();
            assertEquals("here", new String(response.body().readAllBytes(), "US-ASCII"));
            assertEquals("here", exchange.readResponse().text());
            assertFalse(exchange.keepAlive(), "the pool is closed");
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
        throw new AssertionError("a server listens on port 1");
    }

    @Test
    void openConnectionsAreClosedWhenTheGraceTimeEnds() throws Exception {
        Signal never = new Signal();
        try (ScriptedServer server = ScriptedServer.of(twoHalves(never));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()))) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ofMillis(20)).build();
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            Exchange exchange = hp.connect(Servers.endpoint(server));
            exchange.sendRequest(Request.get("/"));
            Exchange attached = hp.attach(channel);
            threads.submit(hp::close).get(20, TimeUnit.SECONDS);
            assertFalse(channel.isOpen());
            assertClosedWith(Phase.RESPONSE_BODY, () -> response.body().readAllBytes());
            assertClosedWith(Phase.RESPONSE_HEAD, exchange::readResponse);
            assertClosedWith(Phase.SEND, () -> attached.sendRequest(Request.get("/")));
            response.close();
            exchange.close();
            attached.close();
            assertEquals(List.of(), hp.stats());
            never.set();
        }
    }

    private static void assertClosedWith(Phase phase, Executable call) {
        CancelledException e = assertThrows(CancelledException.class, call);
        assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
        assertEquals(phase, e.phase());
        assertTrue(e.getMessage().startsWith("this client was closed while " + phase + " ("), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void connectionsLeftOpenByTheClosingThreadAreClosedAtOnce(Transports transport) throws Exception {
        Signal never = new Signal();
        try (ScriptedServer server = transport.server(twoHalves(never))) {
            Httpipe hp = transport.client().closeGrace(LONG).build();
            StreamedResponse read = hp.stream(Transports.request("GET", server));
            StreamedResponse unread = hp.stream(Transports.request("GET", server));
            Exchange withoutRequest = Exchanges.connect(transport, hp, server);
            Exchange withRequest = Exchanges.connect(transport, hp, server);
            withRequest.sendRequest(Request.get("/"));
            assertEquals('h', read.body().read());
            long start = System.nanoTime();
            hp.close();
            assertTrue(System.nanoTime() - start < LONG.toNanos() / 5);
            assertEquals(List.of(), hp.stats());
            assertEquals('e', read.body().read(), "this byte had arrived before the close");
            assertClosedWith(Phase.RESPONSE_BODY, () -> read.body().read());
            assertClosedWith(Phase.SEND, () -> withoutRequest.sendRequest(Request.get("/")));
            assertClosedWith(Phase.RESPONSE_HEAD, withRequest::readResponse);
            read.close();
            unread.close();
            withoutRequest.close();
            withRequest.close();
            assertEquals(List.of(), hp.stats(), "no connection leaves the pool twice");
            never.set();
        }
    }

    @Test
    void aReceivedBodyCanBeReadAfterItsThreadHasClosedTheClient() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")) {
            Httpipe hp = Httpipe.builder().closeGrace(LONG).build();
            byte[] body = hp.stream(Request.get(server.uri("/")), response -> {
                assertEquals('h', response.body().read());
                hp.close();
                return response.body().readAllBytes();
            });
            assertEquals("ere", new String(body, "US-ASCII"));
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void closingTheLeftOpenConnectionsLetsWaitingCallsContinue() throws Exception {
        Signal never = new Signal();
        String ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
        try (ScriptedServer server = ScriptedServer.of(twoHalves(never), ScriptedServer.inTurn(ok));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp =
                    Httpipe.builder().closeGrace(LONG).maxConnectionsPerRoute(1).build();
            StreamedResponse leaked = hp.stream(Request.get(server.uri("/")));
            Future<Response> waiting = threads.submit(() -> hp.get(server.uri("/")));
            while (hp.stats().getFirst().waiting() == 0) {
                Thread.onSpinWait();
            }
            hp.close();
            assertEquals("OK", waiting.get(20, TimeUnit.SECONDS).text());
            leaked.close();
            assertEquals(List.of(), hp.stats());
            never.set();
        }
    }

    @Test
    void aCloseThatWaitsForASecondLogsTheOpenCalls() throws Exception {
        Signal next = new Signal();
        try (ScriptedServer server = ScriptedServer.of(twoHalves(next));
                LogListener log = new LogListener();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp =
                    Httpipe.builder().closeGrace(LONG).maxConnectionsPerRoute(2).build();
            Future<Response> slow = threads.submit(() -> hp.get(server.uri("/slow?token=secret")));
            awaitStats(hp, stats -> stats.leased() == 1);
            Future<StreamedResponse> streamed = threads.submit(() -> hp.stream(Request.get(server.uri("/streamed"))));
            awaitStats(hp, stats -> stats.leased() == 2);
            Future<Response> waiting = threads.submit(() -> hp.get(server.uri("/waiting")));
            awaitStats(hp, stats -> stats.waiting() == 1);
            Future<?> closing = threads.submit(hp::close);
            String message = log.await();
            String expected = "close\\(\\) still waits for GET %s \\(running for [1-9][0-9,]* ms\\); "
                    + "GET %s \\(running for [1-9][0-9,]* ms\\); a call that has no connection";
            assertTrue(
                    message.matches(expected.formatted(
                            Pattern.quote(server.uri("/slow")), Pattern.quote(server.uri("/streamed")))),
                    message);
            next.set();
            assertEquals("here", slow.get(20, TimeUnit.SECONDS).text());
            streamed.get(20, TimeUnit.SECONDS).close();
            assertEquals("here", waiting.get(20, TimeUnit.SECONDS).text());
            closing.get(20, TimeUnit.SECONDS);
            assertEquals(List.of(), log.rest(), "it is logged once");
        }
    }

    private static void awaitStats(Httpipe hp, Predicate<RouteStats> reached) {
        while (hp.stats().stream().noneMatch(reached)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aSecondCloseDoesNotWaitForTheGraceTimeAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose)) {
            Httpipe hp = Httpipe.builder().closeGrace(LONG).build();
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                Threads.VIRTUAL.call(() -> {
                    Thread.currentThread().interrupt();
                    hp.close();
                    assertTrue(Thread.interrupted(), "the flag is left set");
                    return null;
                });
                assertFalse(exchange.eof());
                assertEquals(1, hp.stats().size(), "the exchange has not been closed by its owner");
                long start = System.nanoTime();
                hp.close();
                assertTrue(System.nanoTime() - start < LONG.toNanos() / 5);
            }
        }
    }

    @Test
    void aClosedClientRefusesToAttachAChannel() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()))) {
            Httpipe hp = Httpipe.create();
            hp.close();
            assertThrows(IllegalStateException.class, () -> hp.attach(channel));
            assertTrue(channel.isOpen(), "the channel still belongs to the caller");
        }
    }
}

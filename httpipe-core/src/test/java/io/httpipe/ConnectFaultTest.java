package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FullListener;
import io.httpipe.testing.FullUnixListener;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Connects that fail at once or time out. The client can still call other servers. */
@Timeout(60)
class ConnectFaultTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"http, VIRTUAL", "http, PLATFORM", "https, VIRTUAL"})
    void aPortWithoutAListenerRefuses(String scheme, Threads threads) throws Exception {
        try (ClosedPort nobody = new ClosedPort()) {
            Request post = Request.post(scheme + "://127.0.0.1:" + nobody.port() + "/");
            assertCannotConnect(threads, post, "Connection refused");
        }
    }

    /** TCP cannot connect to a multicast address. No packet is sent. */
    @Test
    void aMulticastAddressIsUnreachable() throws Exception {
        for (Threads threads : Threads.values()) {
            assertCannotConnect(threads, Request.post("http://224.0.0.1:9/"), "unreachable");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPathWithoutAListeningSocketRefuses(Threads threads) throws Exception {
        Path missing = directory.resolve("missing");
        assertCannotConnect(threads, at(missing), "No such file");
        assertCannotConnect(threads, at(Files.createFile(directory.resolve("file"))), "Connection refused");
        Path left = directory.resolve("left");
        ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        gone.bind(UnixDomainSocketAddress.of(left)).close();
        assertCannotConnect(threads, at(left), "Connection refused");
        assertCannotConnect(threads, at(directory.resolve("x".repeat(200))), "too long");
    }

    private static Request at(Path socket) {
        return Request.post("http://localhost/").at(Endpoint.unix(socket));
    }

    private static void assertCannotConnect(Threads threads, Request request, String why) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder()
                        .maxConnectionsPerRoute(1)
                        .maxConnections(1)
                        .build()) {
            for (int i = 0; i < 3; i++) {
                ConnectFailedException e =
                        assertThrows(ConnectFailedException.class, () -> threads.call(() -> hp.request(request)));
                assertTrue(e.getMessage().contains(why), e.getMessage());
                assertEquals(Phase.CONNECT, e.phase());
                assertEquals(request.endpoint(), e.endpoint());
                assertEquals(0, e.bytesSent());
                assertTrue(e.safeToRetry());
                assertEquals(List.of(), hp.stats(), "the only connection slot is free again");
            }
            assertEquals("OK", hp.get(server.uri("/")).text());
        }
    }

    @Test
    void aFullAcceptQueueRunsIntoTheConnectTimeout() throws Exception {
        try (FullListener full = new FullListener()) {
            assertTimesOut(Request.post("http://127.0.0.1:" + full.port() + "/"));
        }
    }

    @Test
    void aFullAcceptQueueOfAUnixSocketRunsIntoTheConnectTimeout() throws Exception {
        try (FullUnixListener full = new FullUnixListener()) {
            assertTimesOut(Request.post("http://localhost/").at(full.endpoint()));
        }
    }

    private static void assertTimesOut(Request request) throws Exception {
        Timeouts shortConnect = Timeouts.DEFAULT.connect(Duration.ofMillis(600));
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxConnections(1).build()) {
            for (Threads threads : Threads.values()) {
                Request withDeadline = request.timeout(Duration.ofMillis(600));
                TimedOutException e =
                        assertThrows(TimedOutException.class, () -> threads.call(() -> hp.request(withDeadline)));
                assertEquals(Phase.CONNECT, e.phase());
                assertTrue(e.getMessage().startsWith("exceeded the deadline of"), e.getMessage());
                Request withTimeout = request.timeouts(shortConnect);
                e = assertThrows(TimedOutException.class, () -> threads.call(() -> hp.request(withTimeout)));
                assertEquals(Phase.CONNECT, e.phase());
                assertTrue(e.getMessage().startsWith("exceeded the connect timeout of 600 ms"), e.getMessage());
                assertEquals(0, e.bytesSent());
                assertTrue(e.safeToRetry());
                assertEquals(List.of(), hp.stats(), "the only connection slot is free again");
            }
            assertEquals("OK", hp.get(server.uri("/")).text());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectToAFullUnixSocketSucceedsOnceTheQueueHasSpace(Threads threads) throws Exception {
        try (FullUnixListener full = new FullUnixListener();
                Httpipe hp = Httpipe.create()) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            threads.start(() -> {
                try {
                    answer.complete(hp.request(Request.get("http://localhost/").at(full.endpoint()))
                            .text());
                } catch (IOException e) {
                    answer.completeExceptionally(e);
                }
            });
            try (SocketChannel accepted = full.acceptTheFirstThatWaits()) {
                assertTrue(accepted.read(ByteBuffer.allocate(1000)) > 0);
                accepted.write(ByteBuffer.wrap(OK.getBytes(StandardCharsets.US_ASCII)));
                assertEquals("OK", answer.get(20, TimeUnit.SECONDS));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheConnectToAFullUnixSocket(Threads threads) throws Exception {
        try (FullUnixListener full = new FullUnixListener();
                Httpipe hp = Httpipe.create()) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread caller = threads.start(() -> {
                Throwable e = assertThrows(
                        Throwable.class,
                        () -> hp.request(Request.get("http://localhost/").at(full.endpoint())));
                failure.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("flag lost", e));
            });
            while (hp.stats().isEmpty()) {
                Thread.yield();
            }
            caller.interrupt();
            CancelledException e = assertInstanceOf(CancelledException.class, failure.get(20, TimeUnit.SECONDS));
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
            assertFalse(e.safeToRetry());
            assertEquals(List.of(), hp.stats());
        }
    }

    /** More connects at once than the accept queue holds, on any number of carriers. */
    @Test
    void manySimultaneousConnectsToAUnixSocketAllSucceed() throws Exception {
        try (ScriptedServer server = Transports.UNIX.server(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                CompletableFuture<String> answer = new CompletableFuture<>();
                answers.add(answer);
                Thread.ofVirtual().start(() -> {
                    try {
                        answer.complete(
                                hp.request(Transports.request("POST", server)).text());
                    } catch (IOException e) {
                        answer.completeExceptionally(e);
                    }
                });
            }
            for (CompletableFuture<String> answer : answers) {
                assertEquals("OK", answer.get(20, TimeUnit.SECONDS));
            }
        }
    }
}

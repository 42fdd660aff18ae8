package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Threads;
import io.httpipe.testing.TunnelProxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Time limits and interrupts at the handshakes that {@link BlockingPoint} does not have: TLS with a proxy, TLS with an
 * origin behind a proxy, and answers that arrive slowly.
 */
@Timeout(30)
class ProxyTimeTest {
    /** Leaves time for a handshake with the proxy before the wait begins, even on a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(1);

    /** Where a call waits: for the proxy, or for the origin behind it. */
    enum Place {
        TLS_WITH_THE_PROXY(Phase.PROXY, "ProxyDialer.secured SocketTransport.read"),
        TLS_WITH_THE_ORIGIN(Phase.TLS, "Dialer.secure SocketTransport.read"),
        TLS_WITH_THE_ORIGIN_WITHIN_TLS(Phase.TLS, "Dialer.secure SocketTransport.read");

        final Phase phase;
        final String where;

        Place(Phase phase, String where) {
            this.phase = phase;
            this.where = where;
        }

        Proxy proxy(ScriptedServer silent, TunnelProxy open, TunnelProxy secure) {
            return switch (this) {
                case TLS_WITH_THE_PROXY -> Proxy.https("127.0.0.1", silent.port());
                case TLS_WITH_THE_ORIGIN -> Proxy.http("127.0.0.1", open.port());
                case TLS_WITH_THE_ORIGIN_WITHIN_TLS ->
                    Proxy.https("127.0.0.1", secure.port()).tls(Exchanges.TRUSTING);
            };
        }
    }

    private interface Run {
        void with(Proxy proxy) throws Exception;
    }

    private static void at(Place place, Run run) throws Exception {
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                TunnelProxy open = new TunnelProxy(silent);
                TunnelProxy secure =
                        new TunnelProxy(TestCertificates.get().server(), silent, head -> TunnelProxy.OPEN)) {
            run.with(place.proxy(silent, open, secure));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theDeadlineAndTheConnectTimeoutEndTheHandshake(Place place) throws Exception {
        at(place, proxy -> {
            try (Httpipe hp = Httpipe.builder().proxy(proxy).timeout(SOON).build()) {
                TimedOutException e = assertThrows(TimedOutException.class, () -> hp.get("https://a.test/"));
                assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
                assertEquals(place.phase, e.phase());
                assertTrue(e.safeToRetry());
                assertEquals(List.of(), hp.stats());
            }
            Timeouts connect = Timeouts.DEFAULT.connect(SOON);
            try (Httpipe hp = Httpipe.builder().proxy(proxy).timeouts(connect).build()) {
                TimedOutException e = assertThrows(TimedOutException.class, () -> hp.get("https://a.test/"));
                assertEquals(TimedOutException.Limit.CONNECT, e.limit());
                assertEquals(place.phase, e.phase());
                assertTrue(e.getMessage().contains("the proxy 127.0.0.1:"), e.getMessage());
                assertEquals(List.of(), hp.stats());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheHandshake(Place place) throws Exception {
        at(place, proxy -> {
            try (Httpipe hp = Httpipe.builder().proxy(proxy).build()) {
                FutureTask<CancelledException> call =
                        new FutureTask<>(() -> assertThrows(CancelledException.class, () -> hp.get("https://a.test/")));
                Thread thread = Thread.ofVirtual().start(call);
                Threads.awaitWaiting(thread, place.where);
                thread.interrupt();
                CancelledException e = call.get(20, TimeUnit.SECONDS);
                assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
                assertEquals(place.phase, e.phase());
                assertEquals(List.of(), hp.stats());
            }
        });
    }

    /** Where a proxy falls silent within a handshake that has begun. */
    enum Step {
        CONNECT_BEGUN("HTTP/1.1 200"),
        CONNECT_BEHIND_1XX("HTTP/1.1 103 x\r\nA: b\r\n\r\n"),
        CHALLENGE_BODY("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 2\r\n\r\nx"),
        CHALLENGE_ANSWERED("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"),
        SOCKS_METHOD("\u0005"),
        SOCKS_LOGIN("\u0005\u0002"),
        SOCKS_REQUEST("\u0005\u0002\u0001\0"),
        SOCKS_ADDRESS("\u0005\u0002\u0001\0\u0005\0\0\u0003\u0004a");

        final String sent;

        Step(String sent) {
            this.sent = sent;
        }

        boolean socks() {
            return name().startsWith("SOCKS");
        }

        Proxy proxy(int port) {
            Proxy proxy = socks() ? Proxy.socks5("127.0.0.1", port) : Proxy.http("127.0.0.1", port);
            return proxy.credentials("u", "p");
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptAndADeadlineEndEachStep(Step step) throws Exception {
        CountDownLatch sent = new CountDownLatch(2);
        Script script = peer -> {
            if (step.socks()) {
                peer.read();
            } else {
                peer.head();
            }
            peer.send(step.sent);
            sent.countDown();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create()) {
            // Each call has a proxy that has not asked for credentials yet.
            Request request = Request.get("https://a.test/");
            TimedOutException late = assertThrows(
                    TimedOutException.class,
                    () -> hp.request(request.proxy(step.proxy(server.port())).timeout(SOON)));
            assertEquals(Phase.PROXY, late.phase());
            assertTrue(late.safeToRetry());
            FutureTask<CancelledException> call = new FutureTask<>(() ->
                    assertThrows(CancelledException.class, () -> hp.request(request.proxy(step.proxy(server.port())))));
            Thread thread = Thread.ofVirtual().start(call);
            sent.await();
            Threads.awaitWaiting(
                    thread, (step.socks() ? "SocksHandshake.run" : "HttpTunnel.open") + " SocketTransport.read");
            thread.interrupt();
            CancelledException e = call.get(20, TimeUnit.SECONDS);
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
            assertEquals(Phase.PROXY, e.phase());
            assertEquals(0, e.bytesSent());
            assertEquals(List.of(), hp.stats());
        }
    }

    /** The time for an answer does not start again with each byte. */
    @Test
    void anAnswerToConnectThatDripsIsCutOffInTime() throws Exception {
        byte[] endless = ("HTTP/1.1 200 OK\r\nX: " + "x".repeat(5_000)).getBytes(StandardCharsets.ISO_8859_1);
        Script script = peer -> {
            peer.head();
            peer.drip(endless, 2);
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.http("127.0.0.1", server.port()).tunnel(true))
                        .timeouts(Timeouts.DEFAULT.connect(SOON))
                        .build()) {
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.get("http://a.test/"));
            assertEquals(Phase.PROXY, e.phase());
        }
    }

    @Test
    void aBodyOfA407ThatNeverEndsIsNotReadToItsEnd() throws Exception {
        byte[] chunk = "1\r\nx\r\n".getBytes(StandardCharsets.ISO_8859_1);
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"p\"\r\nTransfer-Encoding: chunked\r\n\r\n");
            try {
                for (int i = 0; i < 1_000_000; i++) {
                    peer.send(chunk);
                }
            } catch (IOException e) {
                // The client has closed the connection.
            }
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.http("127.0.0.1", server.port())
                                .tunnel(true)
                                .credentials("u", "p"))
                        .build()) {
            // After 64 KiB the client connects again, and gets the same answer to its credentials.
            ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://a.test/"));
            assertEquals(407, e.status());
            assertEquals(2, server.connections());
        }
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A retry loop that checks {@code safeToRetry()} repeats only requests that may succeed the next time. */
@Timeout(60)
class SafeToRetryTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final int MOST = 3;

    /** How many times the loop sent a request, and the failure of its last attempt. */
    private record LoopResult(int attempts, HttpipeException failure) {}

    /** The retry loop of the documentation, for a request that never succeeds. */
    private static LoopResult runRetryLoop(Httpipe hp, Request request) {
        for (int attempt = 1; ; attempt++) {
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.request(request));
            if (attempt == MOST || !e.safeToRetry()) {
                return new LoopResult(attempt, e);
            }
        }
    }

    private static <T extends HttpipeException> T assertSentOnce(Class<T> type, Httpipe hp, Request request) {
        LoopResult ended = runRetryLoop(hp, request);
        assertEquals(type, ended.failure.getClass());
        assertEquals(1, ended.attempts);
        return type.cast(ended.failure);
    }

    private static <T extends HttpipeException> T assertSentAgain(Class<T> type, Httpipe hp, Request request) {
        LoopResult ended = runRetryLoop(hp, request);
        assertEquals(type, ended.failure.getClass());
        assertEquals(MOST, ended.attempts);
        return type.cast(ended.failure);
    }

    @Test
    void aCancelledCallIsNotSafeToRetry() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            Thread.currentThread().interrupt();
            assertSentOnce(CancelledException.class, hp, Request.get(server.uri("/")));
            assertTrue(Thread.interrupted(), "the flag is left set");
            assertEquals(List.of(), server.heads());
        }
    }

    @Test
    void aBodyTooLargeIsNotSafeToRetry() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            assertSentOnce(
                    BodyTooLargeException.class,
                    hp,
                    Request.get(server.uri("/")).maxBodySize(1));
        }
    }

    @Test
    void aMalformedResponseIsNotSafeToRetry() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn("ICY 200 OK\r\n\r\n"));
                Httpipe hp = Httpipe.create()) {
            assertSentOnce(MalformedResponseException.class, hp, Request.get(server.uri("/")));
        }
    }

    @Test
    void anUntrustedCertificateIsNotSafeToRetry() throws Exception {
        try (ScriptedServer server =
                        ScriptedServer.tls(TestCertificates.get().server("self-signed"), Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            TlsFailedException e =
                    assertSentOnce(TlsFailedException.class, hp, Request.get(server.uri("localhost", "/")));
            assertEquals(0, e.bytesSent());
        }
    }

    @Test
    void aRequestBodyWhoseSourceFailsIsNotSafeToRetry(@TempDir Path directory) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            Body missing = Body.of(directory.resolve("missing"));
            assertSentOnce(
                    RequestBodyException.class, hp, Request.put(server.uri("/")).body(missing));
        }
    }

    @Test
    void anUnreachableServerOrALostConnectionIsSafeToRetry() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                ScriptedServer server = ScriptedServer.of(Peer::head);
                ScriptedServer silentAboutTls = ScriptedServer.of(peer -> peer.read());
                Httpipe hp = Httpipe.create()) {
            assertSentAgain(
                    ConnectFailedException.class,
                    hp,
                    Request.post("http://127.0.0.1:" + nobody.port() + "/").body("x"));
            assertSentAgain(ConnectionLostException.class, hp, Request.get(server.uri("/")));
            String secure = "https://127.0.0.1:" + silentAboutTls.port() + "/";
            assertSentAgain(TlsFailedException.class, hp, Request.get(secure));
            assertSentOnce(
                    ConnectionLostException.class,
                    hp,
                    Request.post(server.uri("/")).body("x"));
        }
    }

    @Test
    void aTimedOutCallIsSafeToRetryIfItIsIdempotent() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(SafeToRetryTest::silent);
                Httpipe hp = Httpipe.create()) {
            Timeouts quick = Timeouts.DEFAULT.read(Duration.ofMillis(10));
            Request get = Request.get(server.uri("/"));
            TimedOutException step = assertSentAgain(TimedOutException.class, hp, get.timeouts(quick));
            assertEquals(TimedOutException.Limit.READ, step.limit());
            TimedOutException whole = assertSentAgain(TimedOutException.class, hp, get.timeout(Duration.ofMillis(50)));
            assertEquals(TimedOutException.Limit.DEADLINE, whole.limit());
            assertSentOnce(
                    TimedOutException.class, hp, Request.post(server.uri("/")).timeouts(quick));
        }
    }

    private static void silent(Peer peer) throws IOException {
        peer.head();
        peer.awaitClose();
    }

    @Test
    void aCallEndedByTheCloseOfItsClientIsNotSafeToRetry() throws Exception {
        Signal requestArrived = new Signal();
        Script silent = peer -> {
            peer.head();
            requestArrived.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(silent)) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ZERO).build();
            Thread.ofVirtual().start(() -> {
                requestArrived.await();
                hp.close();
            });
            CancelledException e = assertSentOnce(CancelledException.class, hp, Request.get(server.uri("/")));
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }
}

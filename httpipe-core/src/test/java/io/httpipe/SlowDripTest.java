package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.FloodTest.CallStyle;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TcpRelay;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server that sends or reads one byte at a time, forever, so that no single wait exceeds a timeout. The deadline ends
 * the call wherever it waits.
 */
@Timeout(60)
class SlowDripTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final int PAUSE_MILLIS = 10;
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** The bytes that the server sends at once, and the bytes that it then sends slowly. */
    enum Drip {
        STATUS_LINE("", "HTTP/1.1 200 O", "K", Phase.RESPONSE_HEAD),
        HEADER("HTTP/1.1 200 OK\r\nX: ", "", "x", Phase.RESPONSE_HEAD),
        HEADERS("HTTP/1.1 200 OK\r\n", "", "X: y\r\n", Phase.RESPONSE_HEAD),
        INFORMATIONAL("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n", "X: y\r\n", Phase.RESPONSE_HEAD),
        LENGTH("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "", "x", Phase.RESPONSE_BODY),
        UNTIL_CLOSE("HTTP/1.1 200 OK\r\n\r\n", "", "x", Phase.RESPONSE_BODY),
        CHUNK_SIZE(CHUNKED, "", "0", Phase.RESPONSE_BODY),
        CHUNK_EXTENSION(CHUNKED, "1;a=", "b", Phase.RESPONSE_BODY),
        CHUNK(CHUNKED + "7fffffffffffffff\r\n", "", "x", Phase.RESPONSE_BODY),
        CHUNKS(CHUNKED, "", "1\r\nx\r\n", Phase.RESPONSE_BODY),
        TRAILERS(CHUNKED, "0\r\n", "X: y\r\n", Phase.RESPONSE_BODY);

        final String first;
        final byte[] dripping;
        final Phase phase;

        Drip(String first, String prefix, String repeated, Phase phase) {
            this.first = first;
            this.dripping = (prefix + repeated.repeat(20_000)).getBytes(StandardCharsets.ISO_8859_1);
            this.phase = phase;
        }

        boolean appliesTo(CallStyle style) {
            // Reading a response body does not depend on whether the request had a body.
            return phase == Phase.RESPONSE_HEAD || style != CallStyle.EXPECTING && style != CallStyle.UPLOADING;
        }
    }

    private record Case(Drip drip, CallStyle style) {
        static List<Case> over(Transports transport) {
            List<Case> cases = new ArrayList<>();
            for (Drip drip : Drip.values()) {
                for (CallStyle style : CallStyle.values()) {
                    boolean exchange = style == CallStyle.TOKENS || style == CallStyle.READ_RESPONSE;
                    if (drip.appliesTo(style) && !(exchange && transport == Transports.TLS)) {
                        cases.add(new Case(drip, style));
                    }
                }
            }
            return cases;
        }

        Void meet(Httpipe hp, Request request) {
            TimedOutException e = assertThrows(TimedOutException.class, () -> style.take(hp, request), toString());
            assertTrue(e.getMessage().matches("exceeded the deadline of \\d+ ms while .*"), this + ": " + e);
            boolean sending = style == CallStyle.UPLOADING || style == CallStyle.EXPECTING;
            assertTrue(e.phase() == drip.phase || sending && e.phase() == Phase.SEND, this + ": " + e);
            assertEquals(1, e.reusedTimes());
            return null;
        }
    }

    /** Runs all cases at the same time, each over its own connection. The deadlines do not include connecting. */
    @ParameterizedTest
    @EnumSource
    void theDeadlineEndsACallWhereverTheServerDrips(Transports transport) throws Exception {
        List<Case> cases = Case.over(transport);
        CountDownLatch connected = new CountDownLatch(cases.size());
        CountDownLatch left = new CountDownLatch(cases.size());
        Script script = peer -> {
            peer.head();
            connected.countDown();
            connected.await();
            peer.send(OK);
            Drip drip = Drip.valueOf(peer.head().split("[ /]+", 3)[1]);
            try {
                peer.send(drip.first);
            } catch (IOException e) {
                // The deadline has already passed, and the client has closed.
            }
            peer.drip(drip.dripping, PAUSE_MILLIS);
            left.countDown();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = transport.client().maxIdlePerRoute(cases.size()).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Request request = Transports.request("POST", server);
            inAllAtOnce(threads, cases, each -> hp.request(request).status());
            inAllAtOnce(
                    threads,
                    cases,
                    each -> each.meet(hp, request.path("/" + each.drip).timeout(DEADLINE)));
            assertTrue(left.await(20, TimeUnit.SECONDS), "the server has seen each connection closed");
            assertEquals(List.of(), hp.stats());
        }
    }

    /** Sends each byte of TLS by itself, in a handshake and in a record with a response. */
    @Test
    void theReadTimeoutOrTheDeadlineEndsARecordThatDripsBelowTls() throws Exception {
        AtomicBoolean dripping = new AtomicBoolean();
        try (ScriptedServer server = Transports.TLS.server(tolerant(ScriptedServer.inTurn(OK)));
                ScriptedServer relay =
                        ScriptedServer.of(tolerant(client -> TcpRelay.run(server, client, (bytes, to) -> {
                            to.drip(bytes, dripping.get() ? PAUSE_MILLIS : 0);
                            return true;
                        })));
                Httpipe hp = Transports.TLS.client().build()) {
            Request request = Request.get("https://localhost/").at(Servers.endpoint(relay));
            assertEquals(200, hp.request(request).status());
            dripping.set(true);
            Duration shortTimeout = Duration.ofMillis(200);
            Request reused = request.timeout(shortTimeout);
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(reused));
            assertTrue(e.getMessage().startsWith("exceeded the deadline of"), e.getMessage());
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertEquals(1, e.reusedTimes());
            // The connect timeout covers the whole handshake, even if its records arrive byte by byte.
            Request impatient = request.timeouts(Timeouts.DEFAULT.connect(shortTimeout));
            for (Request fresh : List.of(impatient, request.timeout(DEADLINE))) {
                Request newConnection =
                        fresh.tls(Tls.DEFAULT.trust(TestCertificates.get().authority()));
                e = assertThrows(TimedOutException.class, () -> hp.request(newConnection));
                assertEquals(Phase.TLS, e.phase());
                assertTrue(e.getMessage().matches("exceeded the (connect timeout|deadline) of .*"), e.getMessage());
            }
            assertEquals(List.of(), hp.stats());
        }
    }

    /** Ignores errors, because the client may close at any time. */
    private static Script tolerant(Script script) {
        return peer -> {
            try {
                script.run(peer);
            } catch (IOException e) {
                // The client has closed, as expected.
            }
        };
    }

    /** A server that reads the body byte by byte. */
    @ParameterizedTest
    @EnumSource
    void theDeadlineEndsAnUploadToAServerThatReadsSlowly(Transports transport) throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        Script script = peer -> {
            peer.head();
            while (!left.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                peer.body(1);
            }
        };
        try (ScriptedServer server = transport.server(tolerant(script));
                Httpipe hp = transport.client().build()) {
            Request request =
                    Transports.request("POST", server).body(FloodTest.LARGE).timeout(Duration.ofSeconds(2));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertTrue(e.getMessage().startsWith("exceeded the deadline of"), e.getMessage());
            assertEquals(Phase.SEND, e.phase());
            assertTrue(e.bytesSent() < FloodTest.LARGE.length);
            left.countDown();
            assertEquals(List.of(), hp.stats());
        }
    }

    private static void inAllAtOnce(ExecutorService threads, List<Case> cases, Attempt attempt) throws Exception {
        List<Future<?>> calls = new ArrayList<>();
        for (Case each : cases) {
            calls.add(threads.submit(() -> attempt.run(each)));
        }
        for (Future<?> call : calls) {
            call.get(30, TimeUnit.SECONDS);
        }
    }

    private interface Attempt {
        Object run(Case each) throws Exception;
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LogListener;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client whose certificate is replaced while it runs. */
@Timeout(60)
class TlsSourceTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();
    private static final long SECOND = 1_000_000_000;
    private static final String FAILED = "the TlsSource failed; its last settings stay in use until it works again";

    private final AtomicLong clock = new AtomicLong(5 * SECOND);
    private final AtomicInteger asked = new AtomicInteger();
    private volatile String client = "client-a";

    /** Answers with the name in the client certificate. */
    private static ScriptedServer server() throws IOException {
        return Servers.tlsWith(CERTIFICATES.server(), socket -> socket.setNeedClientAuth(true), peer -> {
            while (peer.nextHead() != null) {
                String name = ((SSLSocket) peer.socket())
                        .getSession()
                        .getPeerPrincipal()
                        .getName();
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
            }
        });
    }

    private static Tls tlsFor(String name) throws IOException {
        return Tls.DEFAULT
                .trust(CERTIFICATES.authority())
                .clientCertificate(CERTIFICATES.store(name), "password".toCharArray());
    }

    private Tls present() throws IOException {
        asked.incrementAndGet();
        return tlsFor(client);
    }

    /** Follows a source by the clock of this test. */
    private Tls following(TlsSource source) throws IOException {
        return Tls.of(source, clock::get);
    }

    private static void assertAnswer(String name, int reusedTimes, Response response) {
        assertEquals("CN=" + name, response.text());
        assertEquals(reusedTimes, response.reusedTimes());
    }

    @Test
    void aNewCertificateIsUsedAfterASecond() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(following(this::present)).build()) {
            String uri = server.uri("localhost", "/");
            assertEquals(1, asked.get(), "by Tls.of");
            assertAnswer("client-a", 0, hp.get(uri));
            client = "client-b";
            assertAnswer("client-a", 1, hp.get(uri));
            clock.addAndGet(SECOND - 1);
            assertAnswer("client-a", 2, hp.get(uri));
            assertEquals(1, asked.get(), "a second has not passed");
            clock.addAndGet(1);
            assertAnswer("client-b", 0, hp.get(uri));
            assertEquals(2, asked.get());
            assertEquals(2, server.connections());
            for (int i = 1; i <= 3; i++) {
                clock.addAndGet(SECOND);
                assertAnswer("client-b", i, hp.get(uri));
                assertEquals(2 + i, asked.get(), "the same certificate again is no change");
            }
            client = "client-a";
            clock.addAndGet(SECOND);
            assertAnswer("client-a", 3, hp.get(uri));
            assertEquals(2, server.connections(), "its first connection is still idle");
        }
    }

    @Test
    void aProxyGetsTheNewCertificateToo() throws Exception {
        try (ScriptedServer server = server()) {
            Proxy proxy = Proxy.https("localhost", server.port()).tls(following(this::present));
            try (Httpipe hp = Httpipe.builder().proxy(proxy).build()) {
                assertAnswer("client-a", 0, hp.get("http://a.test/"));
                client = "client-b";
                assertAnswer("client-a", 1, hp.get("http://b.test/"));
                clock.addAndGet(SECOND);
                assertAnswer("client-b", 0, hp.get("http://a.test/"));
                assertAnswer("client-b", 1, hp.get("http://b.test/"));
                assertEquals(2, server.connections());
            }
        }
    }

    @Test
    void aCallThatIsUnderWayGoesOnAndItsConnectionIsNotReused() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder()
                        .tls(following(this::present))
                        .idleTimeout(Duration.ofMillis(50))
                        .build()) {
            Request request = Request.get(server.uri("localhost", "/"));
            try (StreamedResponse old = hp.stream(request)) {
                client = "client-b";
                clock.addAndGet(SECOND);
                assertAnswer("client-b", 0, hp.request(request));
                assertEquals("CN=client-a", new String(old.body().readAllBytes(), "US-ASCII"));
            }
            clock.addAndGet(SECOND);
            assertEquals("CN=client-b", hp.request(request).text());
            while (!hp.stats().isEmpty()) {
                // The idle timeout ends the connections of both certificates.
                Thread.yield();
            }
        }
    }

    @Test
    void aSourceThatFailsLeavesTheLastSettingsInUse() throws Exception {
        TlsSource source = () -> {
            if (client == null) {
                asked.incrementAndGet();
                throw new IOException("half of the file is missing");
            }
            return present();
        };
        try (ScriptedServer server = server();
                LogListener log = new LogListener();
                Httpipe hp = Httpipe.builder().tls(following(source)).build()) {
            String uri = server.uri("localhost", "/");
            assertAnswer("client-a", 0, hp.get(uri));
            client = null;
            for (int i = 1; i <= 3; i++) {
                clock.addAndGet(SECOND);
                assertAnswer("client-a", i, hp.get(uri));
                assertEquals(1 + i, asked.get());
            }
            assertEquals(List.of(FAILED), log.rest(), "said once");
            client = "client-b";
            clock.addAndGet(SECOND);
            assertAnswer("client-b", 0, hp.get(uri));
            client = null;
            clock.addAndGet(SECOND);
            assertAnswer("client-b", 1, hp.get(uri));
            assertEquals(List.of(FAILED), log.rest(), "it had worked in between");
        }
    }

    @Test
    void otherCallsDoNotWaitForTheSource() throws Exception {
        Signal isAsked = new Signal();
        Signal answer = new Signal();
        TlsSource source = () -> {
            if (client.equals("client-b")) {
                isAsked.set();
                answer.await();
            }
            return present();
        };
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(following(source)).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Request request = Request.get(server.uri("localhost", "/"));
            assertAnswer("client-a", 0, hp.request(request));
            client = "client-b";
            clock.addAndGet(SECOND);
            Future<Response> first = threads.submit(() -> hp.request(request));
            isAsked.await();
            clock.addAndGet(SECOND);
            assertAnswer("client-a", 1, hp.request(request));
            assertEquals(1, asked.get(), "a source never runs twice at the same time");
            answer.set();
            assertAnswer("client-b", 0, first.get(20, TimeUnit.SECONDS));
            assertAnswer("client-b", 1, hp.request(request));
            assertEquals(2, asked.get());
        }
    }

    @Test
    void aSourceMayCallItsOwnClient() throws Exception {
        Httpipe[] own = new Httpipe[1];
        try (ScriptedServer server = server()) {
            String uri = server.uri("localhost", "/");
            TlsSource source = () -> own[0] == null ? tlsFor("client-a") : tlsFor(name(own[0].get(uri)));
            try (Httpipe hp = Httpipe.builder().tls(following(source)).build()) {
                own[0] = hp;
                clock.addAndGet(SECOND);
                assertAnswer("client-a", 1, hp.get(uri));
            }
        }
    }

    private static String name(Response response) {
        return response.text().substring("CN=".length());
    }

    /** After the first certificate, the source waits for {@code answer}, even if the call that asked it has ended. */
    private Tls slow(Signal isAsked, Signal answer) throws IOException {
        return following(() -> {
            if (!client.equals("client-a")) {
                isAsked.set();
                answer.await();
            }
            return present();
        });
    }

    @Test
    void theDeadlineEndsTheWaitForTheSourceAndItsAnswerIsUsedLater() throws Exception {
        Signal isAsked = new Signal();
        Signal answer = new Signal();
        try (ScriptedServer server = server();
                LogListener log = new LogListener();
                Httpipe hp = Httpipe.builder().tls(slow(isAsked, answer)).build()) {
            Request request = Request.get(server.uri("localhost", "/"));
            assertAnswer("client-a", 0, hp.request(request));
            client = "client-b";
            clock.addAndGet(SECOND);
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> hp.request(request.timeout(Duration.ofSeconds(1))));
            assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
            assertEquals(Phase.TLS, e.phase());
            assertTrue(e.safeToRetry());
            assertAnswer("client-a", 1, hp.request(request));
            assertEquals(1, asked.get(), "still being asked");
            answer.set();
            awaitAsked(2);
            assertAnswer("client-b", 0, hp.request(request));
            assertEquals(List.of(), log.rest());
        }
    }

    private void awaitAsked(int count) throws IOException {
        while (asked.get() < count) {
            Thread.yield();
        }
        Threads.awaitNone("httpipe-tls-source");
    }

    @Test
    void afterTheConnectTimeoutACallGoesOnWithTheLastSettings() throws Exception {
        Signal isAsked = new Signal();
        Signal answer = new Signal();
        try (ScriptedServer server = server();
                LogListener log = new LogListener();
                Httpipe hp = Httpipe.builder().tls(slow(isAsked, answer)).build()) {
            Request request = Request.get(server.uri("localhost", "/"));
            assertAnswer("client-a", 0, hp.request(request));
            client = "client-b";
            clock.addAndGet(SECOND);
            Request hasty = request.timeouts(Timeouts.DEFAULT.connect(Duration.ofMillis(50)));
            assertAnswer("client-a", 1, hp.request(hasty));
            assertEquals(
                    List.of("the TlsSource does not answer; its last settings stay in use until it works again"),
                    log.rest());
            answer.set();
            awaitAsked(2);
            assertAnswer("client-b", 0, hp.request(request));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheWaitForTheSourceAndIsNotAFailureOfTheSource(Threads threads) throws Exception {
        Signal isAsked = new Signal();
        Signal answer = new Signal();
        try (ScriptedServer server = server();
                LogListener log = new LogListener();
                Httpipe hp = Httpipe.builder().tls(slow(isAsked, answer)).build()) {
            Request request = Request.get(server.uri("localhost", "/"));
            assertAnswer("client-a", 0, hp.request(request));
            client = "client-b";
            clock.addAndGet(SECOND);
            FutureTask<Boolean> call = new FutureTask<>(() -> {
                assertThrows(CancelledException.class, () -> hp.request(request));
                return Thread.currentThread().isInterrupted();
            });
            Thread caller = threads.start(call);
            isAsked.await();
            caller.interrupt();
            assertTrue(call.get(20, TimeUnit.SECONDS), "the flag stays set");
            answer.set();
            awaitAsked(2);
            assertAnswer("client-b", 0, hp.request(request));
            assertEquals(List.of(), log.rest());
        }
    }

    @Test
    void theEndOfTheClientEndsTheHandshakeOfAnExchangeThatWaitsForTheSource() throws Exception {
        Signal isAsked = new Signal();
        Signal answer = new Signal();
        Tls tls = slow(isAsked, answer);
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.builder().closeGrace(Duration.ZERO).build()) {
            client = "client-b";
            clock.addAndGet(SECOND);
            FutureTask<CancelledException> call = new FutureTask<>(() -> {
                Exchange exchange = hp.connect("localhost", server.port());
                return assertThrows(CancelledException.class, () -> exchange.tlsHandshake(tls));
            });
            Threads.VIRTUAL.start(call);
            isAsked.await();
            Threads.VIRTUAL.start(hp::close).join();
            CancelledException e = call.get(20, TimeUnit.SECONDS);
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            assertEquals(Phase.TLS, e.phase());
            answer.set();
        }
    }

    @Test
    void anErrorOfTheSourceReachesTheCallThatAsks() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder()
                        .tls(following(() -> {
                            if (client.equals("broken")) {
                                throw new AssertionError("broken");
                            }
                            return present();
                        }))
                        .build()) {
            String uri = server.uri("localhost", "/");
            assertAnswer("client-a", 0, hp.get(uri));
            client = "broken";
            clock.addAndGet(SECOND);
            assertEquals(
                    "broken",
                    assertThrows(AssertionError.class, () -> hp.get(uri)).getMessage());
            assertAnswer("client-a", 1, hp.get(uri));
        }
    }

    /** The connection keeps the settings with which it was opened, although the source has others now. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExchangeKeepsTheSettingsOfItsHandshake(boolean atOnce) throws Exception {
        Tls tls = following(this::present);
        ConnectOptions options = ConnectOptions.DEFAULT;
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.create();
                Exchange exchange =
                        hp.connect(Endpoint.of("localhost", server.port()), atOnce ? options.tls(tls) : options)) {
            TlsSession first = exchange.tlsHandshake(tls);
            client = "client-b";
            clock.addAndGet(SECOND);
            assertEquals(first, exchange.tlsHandshake(tls));
            Tls present = tlsFor("client-b");
            assertThrows(IllegalStateException.class, () -> exchange.tlsHandshake(present));
            assertEquals(first, exchange.tlsHandshake(tlsFor("client-a")));
            assertAnswer("client-a", 0, exchange.request(Request.get("/")));
        }
    }

    @Test
    void anExchangeUsesThePresentSettings() throws Exception {
        Tls tls = following(this::present);
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.create()) {
            for (String name : List.of("client-a", "client-b")) {
                client = name;
                clock.addAndGet(SECOND);
                try (Exchange exchange = hp.connect("localhost", server.port())) {
                    exchange.tlsHandshake(tls);
                    assertAnswer(name, 0, exchange.request(Request.get("/")));
                }
            }
        }
    }

    @Test
    void filesAreReadAgain(@TempDir Path folder) throws Exception {
        Path authority = folder.resolve("ca.crt");
        Files.copy(CERTIFICATES.pem("other-ca"), authority);
        try (ScriptedServer server = ScriptedServer.tls(CERTIFICATES.server(), peer -> {
                    try {
                        ScriptedServer.inTurn("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
                                .run(peer);
                    } catch (IOException e) {
                        // The client does not trust the server yet.
                    }
                });
                Httpipe hp = Httpipe.builder()
                        .tls(following(() -> Tls.DEFAULT.trust(authority)))
                        .build()) {
            String uri = server.uri("localhost", "/");
            assertThrows(TlsFailedException.class, () -> hp.get(uri));
            Files.write(authority, Files.readAllBytes(CERTIFICATES.authority()));
            assertThrows(TlsFailedException.class, () -> hp.get(uri));
            clock.addAndGet(SECOND);
            assertEquals("OK", hp.get(uri).text());
        }
    }

    @Test
    void theFirstFailureAndWrongAnswersReachTheCaller() throws Exception {
        IOException e = assertThrows(
                IOException.class,
                () -> Tls.of(() -> {
                    throw new IOException("no such file");
                }));
        assertEquals("no such file", e.getMessage());
        assertEquals(
                "source.current() is null",
                assertThrows(IllegalArgumentException.class, () -> Tls.of(() -> null))
                        .getMessage());
        Tls following = Tls.of(() -> Tls.DEFAULT);
        assertEquals(
                "a TlsSource returned a Tls that follows a TlsSource",
                assertThrows(IllegalStateException.class, () -> Tls.of(() -> following))
                        .getMessage());
    }

    @Test
    void onlyTheSourceChangesTheSettings() throws Exception {
        Tls following = Tls.of(() -> Tls.DEFAULT.serverName("h.test"));
        for (Executable change : List.<Executable>of(
                () -> following.serverName("x"),
                () -> following.verify(true),
                () -> following.verify(false),
                () -> following.sessionReuse(true),
                () -> following.trust(CERTIFICATES.authority()),
                () -> following.protocols("TLSv1.3"))) {
            assertEquals(
                    "this Tls follows a TlsSource; change the Tls that the source returns",
                    assertThrows(IllegalStateException.class, change).getMessage());
        }
        assertEquals(
                "Tls[source, now [trust=the JVM's, clientCertificate=false, serverName=h.test, verify=true,"
                        + " sessionReuse=true]]",
                following.toString());
        assertFalse(following.equals(Tls.of(() -> Tls.DEFAULT.serverName("h.test"))), "of another source");
    }
}

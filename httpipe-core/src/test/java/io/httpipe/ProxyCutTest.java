package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ConnectionFault;
import io.httpipe.testing.TestCertificates;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A proxy that ends the connection, or falls silent, after each byte of its answer. */
@Timeout(120)
class ProxyCutTest {
    private static final byte[] CONNECTED = latin1("HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n");
    private static final byte[] CHALLENGE =
            latin1("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 3\r\n\r\nlog");
    private static final byte[] DIGEST = latin1(
            "HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n");
    private static final byte[] SOCKS_LOGIN = {5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80};
    private static final byte[] SOCKS = {5, 0, 5, 0, 0, 3, 2, 'a', 'b', 0, 80};

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Httpipe client(ConnectionFault fault, Proxy proxy) {
        Duration timeout = fault == ConnectionFault.STOP ? Duration.ofMillis(60) : Duration.ofSeconds(20);
        return Httpipe.builder().timeouts(Timeouts.of(timeout)).proxy(proxy).build();
    }

    private static Script cutAfter(byte[] answer, int count, ConnectionFault fault) {
        return peer -> {
            peer.nextHead();
            peer.send(Arrays.copyOf(answer, count));
            fault.strike(peer);
        };
    }

    private static void assertFails(ConnectionFault fault, Httpipe hp, int at) {
        HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get("http://origin.test/"));
        String what = fault + " at " + at + ": " + e;
        if (fault == ConnectionFault.STOP) {
            assertInstanceOf(TimedOutException.class, e, what);
            // On a busy machine the time may be over before the handshake begins.
            assertTrue(e.phase() == Phase.PROXY || e.phase() == Phase.CONNECT, what);
        } else {
            assertInstanceOf(ProxyFailedException.class, e, what);
            assertEquals(Phase.PROXY, e.phase(), what);
            assertEquals(0, ((ProxyFailedException) e).status(), what);
        }
        assertTrue(e.safeToRetry(), what);
        assertEquals(0, e.bytesSent(), what);
        assertEquals(List.of(), hp.stats(), what);
    }

    @ParameterizedTest
    @EnumSource(names = {"STOP", "CLOSE", "RESET"})
    void anAnswerToConnectThatIsCutAtAnyByteOpensNoTunnel(ConnectionFault fault) throws Exception {
        for (int at = 0; at < CONNECTED.length; at++) {
            try (ScriptedServer server = ScriptedServer.of(cutAfter(CONNECTED, at, fault));
                    Httpipe hp =
                            client(fault, Proxy.http("127.0.0.1", server.port()).tunnel(true))) {
                assertFails(fault, hp, at);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STOP", "CLOSE", "RESET"})
    void anAnswerToSocksThatIsCutAtAnyByteOpensNoTunnel(ConnectionFault fault) throws Exception {
        for (int at = 0; at < SOCKS.length; at++) {
            int count = at;
            Script script = peer -> {
                for (int i = 0; i < 3; i++) {
                    peer.read();
                }
                peer.send(Arrays.copyOf(SOCKS, Math.min(2, count)));
                if (count >= 2) {
                    // 05 01 00 03 0b origin.test 00 50
                    for (int i = 0; i < 18; i++) {
                        peer.read();
                    }
                    peer.send(Arrays.copyOfRange(SOCKS, 2, count));
                }
                fault.strike(peer);
            };
            try (ScriptedServer server = ScriptedServer.of(script);
                    Httpipe hp = client(fault, Proxy.socks5("127.0.0.1", server.port()))) {
                assertFails(fault, hp, at);
            }
        }
    }

    /** As soon as the head is complete, the client can send the credentials over another connection. */
    @ParameterizedTest
    @EnumSource(names = {"CLOSE"})
    void aChallengeThatIsCutWithinItsBodyIsAnsweredAnyway(ConnectionFault fault) throws Exception {
        int head = CHALLENGE.length - 3;
        for (int at = 0; at <= CHALLENGE.length; at++) {
            Script open = peer -> {
                peer.head();
                peer.send(new String(CONNECTED, StandardCharsets.ISO_8859_1));
                peer.head();
                peer.send(ok("fine"));
            };
            try (ScriptedServer server = ScriptedServer.of(cutAfter(CHALLENGE, at, fault), open);
                    Httpipe hp = client(
                            fault,
                            Proxy.http("127.0.0.1", server.port()).tunnel(true).credentials("u", "p"))) {
                if (at < head) {
                    assertFails(fault, hp, at);
                } else {
                    assertEquals("fine", hp.get("http://origin.test/").text());
                    List<String> connects = server.heads().stream()
                            .filter(each -> each.startsWith("CONNECT"))
                            .toList();
                    assertTrue(connects.getLast().contains("Proxy-Authorization: Basic "));
                }
            }
        }
    }

    /** The proxy answers three messages of the client: the greeting, the user and password, and the request. */
    @ParameterizedTest
    @EnumSource(names = {"STOP", "CLOSE", "RESET"})
    void anAnswerOfSocksWithALoginThatIsCutAtAnyByteOpensNoTunnel(ConnectionFault fault) throws Exception {
        int[] asked = {4, 5, 18};
        int[] answered = {0, 2, 4, SOCKS_LOGIN.length};
        for (int at = 0; at < SOCKS_LOGIN.length; at++) {
            int count = at;
            Script script = peer -> {
                for (int step = 0; step < asked.length && count >= answered[step]; step++) {
                    for (int i = 0; i < asked[step]; i++) {
                        peer.read();
                    }
                    peer.send(Arrays.copyOfRange(SOCKS_LOGIN, answered[step], Math.min(count, answered[step + 1])));
                }
                fault.strike(peer);
            };
            try (ScriptedServer server = ScriptedServer.of(script);
                    Httpipe hp = client(
                            fault, Proxy.socks5("127.0.0.1", server.port()).credentials("u", "p"))) {
                assertFails(fault, hp, at);
            }
        }
    }

    /** The 407 arrives completely, and the answer to the credentials is cut. */
    @ParameterizedTest
    @EnumSource(names = {"STOP", "CLOSE", "RESET"})
    void anAnswerToCredentialsThatIsCutAtAnyByteOpensNoTunnel(ConnectionFault fault) throws Exception {
        for (byte[] challenge : List.of(CHALLENGE, DIGEST)) {
            for (int at = 0; at < CONNECTED.length; at++) {
                int count = at;
                Script script = peer -> {
                    peer.head();
                    peer.send(challenge);
                    peer.head();
                    peer.send(Arrays.copyOf(CONNECTED, count));
                    fault.strike(peer);
                };
                try (ScriptedServer server = ScriptedServer.of(script, cutAfter(CONNECTED, at, fault));
                        Httpipe hp = client(
                                fault,
                                Proxy.http("127.0.0.1", server.port())
                                        .tunnel(true)
                                        .credentials("u", "p"))) {
                    assertFails(fault, hp, at);
                    // The client repeats the CONNECT only if no byte of the answer has arrived.
                    boolean again = at == 0 && fault != ConnectionFault.STOP;
                    assertEquals(again ? 2 : 1, server.connections(), fault + " at " + at);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSE", "CUT", "RESET"})
    void anAnswerOverTlsThatIsCutAtAnyByteOpensNoTunnel(ConnectionFault fault) throws Exception {
        for (int at = 0; at < CONNECTED.length; at++) {
            try (ScriptedServer server =
                            ScriptedServer.tls(TestCertificates.get().server(), cutAfter(CONNECTED, at, fault));
                    Httpipe hp = client(
                            fault,
                            Proxy.https("127.0.0.1", server.port())
                                    .tls(Exchanges.TRUSTING)
                                    .tunnel(true))) {
                assertFails(fault, hp, at);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSE", "RESET"})
    void aTlsHandshakeWithTheProxyThatIsCutIsAFailureOfTheProxy(ConnectionFault fault) throws Exception {
        Script script = peer -> {
            peer.read();
            fault.strike(peer);
        };
        for (boolean tunnel : List.of(true, false)) {
            try (ScriptedServer server = ScriptedServer.of(script);
                    Httpipe hp = client(
                            fault, Proxy.https("127.0.0.1", server.port()).tunnel(tunnel))) {
                assertFails(fault, hp, 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSE", "CUT"})
    void aChallengeOverTlsThatIsCutBehindItsHeadIsAnsweredAnyway(ConnectionFault fault) throws Exception {
        int head = CHALLENGE.length - 3;
        for (int at = 0; at <= CHALLENGE.length; at++) {
            Script open = peer -> {
                peer.head();
                peer.send("HTTP/1.1 200 OK\r\n\r\n");
                peer.head();
                peer.send(ok("fine"));
            };
            try (ScriptedServer server =
                            ScriptedServer.tls(TestCertificates.get().server(), cutAfter(CHALLENGE, at, fault), open);
                    Httpipe hp = client(
                            fault,
                            Proxy.https("127.0.0.1", server.port())
                                    .tls(Exchanges.TRUSTING)
                                    .tunnel(true)
                                    .credentials("u", "p"))) {
                if (at < head) {
                    assertFails(fault, hp, at);
                } else if (at == CHALLENGE.length || fault == ConnectionFault.CLOSE) {
                    assertEquals("fine", hp.get("http://origin.test/").text());
                    assertTrue(server.heads().getLast().startsWith("GET"));
                    assertEquals(2, server.connections());
                }
            }
        }
    }
}

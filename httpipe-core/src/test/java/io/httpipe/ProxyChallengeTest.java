package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ConnectionFault;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.TunnelProxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A proxy that ends the connection after its 407 to CONNECT without announcing it, and the cost of challenges. */
@Timeout(30)
class ProxyChallengeTest {
    private static final String BASIC = challenge("Basic realm=\"p\"");
    private static final String DIGEST = challenge("Digest realm=\"p\", nonce=\"n\", qop=\"auth\"");

    private static String challenge(String value) {
        return "HTTP/1.1 407 x\r\nProxy-Authenticate: " + value + "\r\nContent-Length: 5\r\n\r\nlogin";
    }

    private static Httpipe client(ScriptedServer server) {
        return Httpipe.builder()
                .proxy(Proxy.http("127.0.0.1", server.port()).tunnel(true).credentials("u", "p"))
                .build();
    }

    /** Sends a challenge, and ends the connection at once, or after the next CONNECT. */
    private static Script challengeAndEnd(String challenge, boolean reads, ConnectionFault fault) {
        return peer -> {
            peer.head();
            peer.send(challenge);
            if (reads) {
                peer.head();
            }
            fault.strike(peer);
        };
    }

    /** Opens a tunnel, and then answers as the origin behind it. */
    private static Script open() {
        return peer -> {
            peer.head();
            peer.send(TunnelProxy.OPEN);
            peer.head();
            peer.send(ok("through"));
        };
    }

    private static String last(ScriptedServer server, String start) {
        return server.heads().stream()
                .filter(head -> head.startsWith(start))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"false, CLOSE", "true, CLOSE", "true, RESET"})
    void basicGoesOverANewConnection(boolean reads, ConnectionFault fault) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(challengeAndEnd(BASIC, reads, fault), open());
                Httpipe hp = client(server)) {
            assertEquals("through", hp.get("http://origin.test/").text());
            assertEquals(2, server.connections());
            assertTrue(last(server, "CONNECT").contains("\r\nProxy-Authorization: Basic dTpw\r\n"));
            assertFalse(last(server, "GET").contains("Proxy-Authorization"));
        }
    }

    @ParameterizedTest
    @CsvSource({"false, CLOSE", "true, CLOSE", "true, RESET"})
    void digestGoesOnWithItsNonceOverANewConnection(boolean reads, ConnectionFault fault) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(challengeAndEnd(DIGEST, reads, fault), open());
                Httpipe hp = client(server)) {
            assertEquals("through", hp.get("http://origin.test/").text());
            assertEquals(2, server.connections());
            String connect = last(server, "CONNECT");
            assertTrue(connect.contains("nonce=\"n\", nc=00000002,"), connect);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSE", "CUT"})
    void theClientConnectsAgainToAProxyOverTlsToo(ConnectionFault fault) throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(
                        TestCertificates.get().server(), challengeAndEnd(BASIC, true, fault), open());
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.https("127.0.0.1", server.port())
                                .tls(Exchanges.TRUSTING)
                                .tunnel(true)
                                .credentials("u", "p"))
                        .build()) {
            assertEquals("through", hp.get("http://origin.test/").text());
            assertEquals(2, server.connections());
        }
    }

    @Test
    void anExchangeConnectsAgainToo() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(challengeAndEnd(BASIC, true, ConnectionFault.CLOSE), open());
                Httpipe hp = Httpipe.create()) {
            Proxy proxy = Proxy.http("127.0.0.1", server.port()).tunnel(true).credentials("u", "p");
            try (Exchange exchange = hp.connect(Endpoint.of("origin.test", 80), ConnectOptions.DEFAULT.proxy(proxy))) {
                assertEquals("through", exchange.request(Request.get("/")).text());
            }
            assertEquals(2, server.connections());
        }
    }

    /** Such a proxy ends each connection after its first answer, whichever answer that is. */
    @Test
    void aProxyThatNeverOpensATunnelGetsTwoConnections() throws Exception {
        Script always = challengeAndEnd(DIGEST, true, ConnectionFault.CLOSE);
        Script silent = peer -> peer.head();
        for (Script second : List.of(always, silent)) {
            try (ScriptedServer server =
                            ScriptedServer.of(challengeAndEnd(DIGEST, true, ConnectionFault.CLOSE), peer -> {
                                try {
                                    second.run(peer);
                                } catch (java.io.EOFException e) {
                                    // The client has given up.
                                }
                            });
                    Httpipe hp = client(server)) {
                ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://origin.test/"));
                assertEquals(second == always ? 407 : 0, e.status());
                assertEquals(Phase.PROXY, e.phase());
                assertEquals(2, server.connections());
                assertEquals(List.of(), hp.stats());
            }
        }
    }

    @Test
    void aConnectWhoseAnswerHasBegunIsNotRepeated() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send(BASIC);
            peer.head();
            peer.send("H");
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client(server)) {
            ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://origin.test/"));
            assertTrue(e.getMessage().contains("closed the connection during its answer to CONNECT"), e.getMessage());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aConnectionThatEndsWithoutAChallengeIsNotOpenedAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> peer.head());
                Httpipe hp = client(server)) {
            assertThrows(ProxyFailedException.class, () -> hp.get("http://origin.test/"));
            assertEquals(1, server.connections());
        }
    }

    /** One 407 in all: later tunnels use the nonce with the next count. */
    @Test
    void aNonceServesAllTunnelsThroughItsProxy() throws Exception {
        Script first = peer -> {
            peer.head();
            peer.send(DIGEST);
            open().run(peer);
        };
        try (ScriptedServer server = ScriptedServer.of(first, open());
                Httpipe hp = client(server)) {
            for (int i = 1; i <= 5; i++) {
                hp.get("http://origin" + i + ".test/");
                String connect = last(server, "CONNECT");
                assertTrue(connect.contains("uri=\"origin" + i + ".test:80\""), connect);
                assertTrue(connect.contains("nonce=\"n\", nc=0000000" + i + ","), connect);
            }
            assertEquals(5, server.connections());
            assertEquals(11, server.heads().size());
        }
    }
}

package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.SocksServer;
import io.httpipe.testing.TestCertificates;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections through a SOCKS5 proxy. The bytes on the wire are in hexadecimal (RFC 1928, RFC 1929). */
@Timeout(30)
class ProxySocksTest {
    private AnsweringServer origin;

    @BeforeEach
    void open() throws Exception {
        origin = new AnsweringServer(request -> ok("answer"));
    }

    @AfterEach
    void close() throws Exception {
        origin.close();
    }

    private static Httpipe client(Proxy proxy) {
        return Httpipe.builder()
                .resolver(host -> {
                    throw new AssertionError("nobody looks up " + host);
                })
                .tls(Exchanges.TRUSTING)
                .proxy(proxy)
                .build();
    }

    private static Proxy at(SocksServer server) {
        return Proxy.socks5("127.0.0.1", server.port());
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theProxyGetsTheNameAndLooksItUpItself() throws Exception {
        try (SocksServer server = new SocksServer(origin.server(), null);
                Httpipe hp = client(at(server))) {
            Request request =
                    Request.get("http://Origin.test:8080/x").header("Proxy-Authorization", "not for the origin");
            assertEquals("answer", hp.request(request).text());
            assertEquals(List.of("0501 00 05010003 0b " + hex("origin.test") + "1f90"), server.handshakes());
            assertEquals("/x", origin.last().target());
            assertEquals("origin.test:8080", origin.last().field("Host"));
            assertNull(origin.last().field("Proxy-Authorization"));
            assertEquals(1, hp.get("http://origin.test:8080/y").reusedTimes());
            assertEquals(0, hp.get("http://other.test/y").reusedTimes());
            assertEquals(
                    Endpoint.of("127.0.0.1", server.port()),
                    hp.stats().getFirst().proxy());
        }
    }

    @Test
    void addressesAreSentAsAddresses() throws Exception {
        try (SocksServer server = new SocksServer(origin.server(), null);
                Httpipe hp = client(at(server))) {
            hp.get("http://192.0.2.7/");
            hp.get("http://[2001:db8::1]:81/");
            assertEquals(
                    List.of("0501 00 05010001 c00002070050", "0501 00 05010004 20010db80000000000000000000000010051"),
                    server.handshakes());
        }
    }

    @Test
    void userAndPasswordAreSentIfTheProxyAsksForThem() throws Exception {
        try (SocksServer server = new SocksServer(origin.server(), "us\u00fcr:p:w");
                Httpipe hp = client(at(server).credentials("us\u00fcr", "p:w"))) {
            assertEquals("answer", hp.get("http://a.test/").text());
            assertEquals(
                    List.of("0502 0002 0105 7573c3bc72 03 703a77 05010003 06 " + hex("a.test") + "0050"),
                    server.handshakes());
        }
        try (SocksServer open = new SocksServer(origin.server(), null);
                Httpipe hp = client(at(open).credentials("u", "p"))) {
            assertEquals("answer", hp.get("http://a.test/").text());
            assertEquals(List.of("0502 0002 05010003 06 " + hex("a.test") + "0050"), open.handshakes());
        }
    }

    @Test
    void wrongOrMissingCredentialsAreRefused() throws Exception {
        try (SocksServer server = new SocksServer(origin.server(), "u:p")) {
            try (Httpipe hp = client(at(server))) {
                ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://a.test/"));
                assertEquals(
                        "the SOCKS5 proxy requires credentials; use Proxy.credentials while asking the proxy (the proxy"
                                + " 127.0.0.1:" + server.port() + ", for a.test:80)",
                        e.getMessage());
                assertFalse(e.safeToRetry());
            }
            try (Httpipe hp = client(at(server).credentials("u", "wrong"))) {
                ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://a.test/"));
                assertTrue(
                        e.getMessage().startsWith("the SOCKS5 proxy does not accept the name and password"),
                        e.getMessage());
                assertFalse(e.getMessage().contains("wrong"));
                assertEquals(List.of(), hp.stats());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, general failure, true",
        "2, not allowed by its rules, false",
        "3, network unreachable, true",
        "4, host unreachable, true",
        "5, connection refused, true",
        "6, the time to live expired, true",
        "7, it does not support CONNECT, false",
        "8, it does not support this type of address, false",
        "9, unknown code, false",
        "255, unknown code, false",
    })
    void eachRefusalIsSaidInWords(int code, String words, boolean safeToRetry) throws Exception {
        try (SocksServer server = new SocksServer(origin.server(), null, (byte) 5, (byte) code);
                Httpipe hp = client(at(server))) {
            ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://a.test/"));
            String expected =
                    "the SOCKS5 proxy did not connect to a.test:80: %s (code %d) while".formatted(words, code);
            assertTrue(e.getMessage().startsWith(expected), e.getMessage());
            assertEquals(safeToRetry, e.safeToRetry());
            assertEquals(0, e.status());
            assertEquals(Phase.PROXY, e.phase());
            assertEquals(0, origin.requests().size());
        }
    }

    /** Each answer opens the connection. The bytes after it come from the origin. */
    @ParameterizedTest
    @CsvSource({
        "05000001 7f000001 0050",
        "05000004 00000000000000000000000000000001 0050",
        "05000003 06 612e74657374 0050",
        "05000003 00 0050",
    })
    void exactlyTheBytesOfTheAnswerAreRead(String answer) throws Exception {
        Script script = peer -> {
            read(peer, 3);
            peer.send(new byte[] {5, 0});
            read(peer, 13);
            byte[] reply = HexFormat.of().parseHex(answer.replace(" ", ""));
            byte[] early = ok("early").getBytes(StandardCharsets.UTF_8);
            byte[] both = java.util.Arrays.copyOf(reply, reply.length + early.length);
            System.arraycopy(early, 0, both, reply.length, early.length);
            peer.send(both);
            peer.head();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client(Proxy.socks5("127.0.0.1", server.port()))) {
            assertEquals("early", hp.get("http://a.test/").text());
        }
    }

    private static void read(Peer peer, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            peer.read();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0400, the proxy does not speak SOCKS5",
        "4854, 'the proxy speaks HTTP, not SOCKS5; use Proxy.http'",
        "0501, 'the SOCKS5 proxy chose method 1, which was not offered'",
        "0502, 'the SOCKS5 proxy chose method 2, which was not offered'",
        "050004, the proxy does not speak SOCKS5",
        "050005000009, the SOCKS5 proxy sent an address of the unknown type 9",
    })
    void aMalformedAnswerIsRefused(String answer, String message) throws Exception {
        Script script = peer -> {
            read(peer, 3);
            peer.send(HexFormat.of().parseHex(answer));
            peer.end();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client(Proxy.socks5("127.0.0.1", server.port()))) {
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get("http://a.test/"));
            if (answer.equals("050004")) {
                // Only the first byte of the reply has arrived.
                assertTrue(e instanceof ProxyFailedException, e.toString());
            } else {
                assertTrue(e instanceof MalformedResponseException, e.toString());
                assertTrue(e.getMessage().startsWith(message), e.getMessage());
            }
            assertEquals(Phase.PROXY, e.phase());
        }
    }

    @Test
    void aNameThatSocksCannotHoldIsRefused() throws Exception {
        String name = ("x".repeat(63) + ".").repeat(4) + "test";
        try (SocksServer server = new SocksServer(origin.server(), null);
                Httpipe hp = client(at(server))) {
            ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("http://" + name + "/"));
            assertTrue(
                    e.getMessage().startsWith("the name of the origin has 260 bytes, and SOCKS5 allows 255"),
                    e.getMessage());
            assertFalse(e.safeToRetry());
        }
    }

    @Test
    void httpsGoesThroughASocksProxyToo() throws Exception {
        try (AnsweringServer secure = new AnsweringServer(TestCertificates.get().server(), request -> ok("secure"));
                SocksServer server = new SocksServer(secure.server(), null);
                Httpipe hp = client(at(server))) {
            assertEquals("secure", hp.get("https://localhost/").text());
            assertTrue(hp.stats().getFirst().tls());
            assertTrue(server.handshakes().getFirst().endsWith("01bb"));
        }
    }
}

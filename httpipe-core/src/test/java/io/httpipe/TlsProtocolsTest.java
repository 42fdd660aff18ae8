package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FaultyTls;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which protocols, cipher suites and extensions the client offers. */
@Timeout(60)
class TlsProtocolsTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    /** Answers with the protocol and the cipher suite. */
    private static ScriptedServer server(Consumer<SSLSocket> setup) throws IOException {
        return Servers.tlsWith(CERTIFICATES.server(), setup, peer -> {
            try {
                while (peer.nextHead() != null) {
                    SSLSession session = ((SSLSocket) peer.socket()).getSession();
                    String text = session.getProtocol() + " " + session.getCipherSuite();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
                }
            } catch (IOException e) {
                // The client and the server have no cipher suite or protocol in common.
            }
        });
    }

    private static Tls trusting() throws IOException {
        return Tls.DEFAULT.trust(CERTIFICATES.authority());
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLSv1.3, TLS_AES_128_GCM_SHA256",
        "TLSv1.3, TLS_CHACHA20_POLY1305_SHA256"
    })
    void theServerGetsTheChosenProtocolAndCipherSuite(String protocol, String suite) throws Exception {
        try (ScriptedServer server = server(socket -> {});
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("localhost", "/"));
            Tls chosen = trusting().protocols(protocol).cipherSuites(suite);
            assertEquals(protocol + " " + suite, hp.request(request.tls(chosen)).text());
            String first =
                    hp.request(request.tls(trusting().protocols(protocol))).text();
            assertTrue(first.startsWith(protocol + " "), first);
            assertFalse(first.equals(protocol + " " + suite), "by default the server may choose a better one");
            assertTrue(
                    chosen.toString().endsWith(", protocols=[" + protocol + "], cipherSuites=[" + suite + "]]"),
                    chosen::toString);
        }
    }

    @Test
    void theOrderOfCipherSuitesIsThatOfTheClient() throws Exception {
        List<String> suites = List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384");
        for (List<String> order : List.of(suites, suites.reversed())) {
            try (ScriptedServer server = server(socket -> {
                        SSLParameters parameters = socket.getSSLParameters();
                        parameters.setUseCipherSuitesOrder(false);
                        socket.setSSLParameters(parameters);
                    });
                    Httpipe hp = Httpipe.builder()
                            .tls(trusting().cipherSuites(order.toArray(String[]::new)))
                            .build()) {
                assertEquals(
                        "TLSv1.3 " + order.getFirst(),
                        hp.get(server.uri("localhost", "/")).text());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, TLSv1.3", "TLSv1.3, TLSv1.2"})
    void aServerWithoutTheProtocolIsRefused(String client, String server) throws Exception {
        try (ScriptedServer other = server(socket -> socket.setEnabledProtocols(new String[] {server}));
                Httpipe hp = Httpipe.builder().tls(trusting().protocols(client)).build()) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.get(other.uri("localhost", "/")));
            assertEquals(Phase.TLS, e.phase());
            assertEquals(0, e.bytesSent());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS1.3", "tlsv1.3", "SSLv3", "SSLv2Hello", "", "TLSv1.4\n"})
    void anUnknownProtocolIsRefused(String name) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.protocols("TLSv1.2", name));
        assertTrue(e.getMessage().startsWith("protocols: \"" + name.strip()), e.getMessage());
        assertTrue(e.getMessage().contains(" is not in [TLSv1.3, TLSv1.2"), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    @Test
    void anUnknownCipherSuiteAndAnEmptyListAreRefused() {
        assertEquals(
                "cipherSuites: \"TLS_NULL\" is not in SSLContext.getSupportedSSLParameters()",
                assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.cipherSuites("TLS_NULL"))
                        .getMessage());
        assertEquals(
                "cipherSuites: at least one name is needed",
                assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.cipherSuites())
                        .getMessage());
        assertEquals(
                "protocols: at least one name is needed",
                assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.protocols())
                        .getMessage());
    }

    /** The JDK asks a server's selector only if the client has sent the extension (RFC 7301). */
    @Test
    void noApplicationProtocolIsOffered() throws Exception {
        AtomicInteger offers = new AtomicInteger();
        Consumer<SSLSocket> counting = socket -> socket.setHandshakeApplicationProtocolSelector((self, offered) -> {
            offers.incrementAndGet();
            return "http/1.1";
        });
        try (ScriptedServer server = server(counting);
                Httpipe hp = Httpipe.builder().tls(trusting()).build()) {
            assertEquals(200, hp.get(server.uri("localhost", "/")).status());
            assertEquals(0, offers.get());
            try (SSLSocket other = (SSLSocket)
                    context(CERTIFICATES.store("ca")).getSocketFactory().createSocket("localhost", server.port())) {
                SSLParameters parameters = other.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"http/1.1"});
                other.setSSLParameters(parameters);
                other.startHandshake();
                assertEquals("http/1.1", other.getApplicationProtocol());
            }
            assertEquals(1, offers.get(), "another client does");
        }
    }

    @Test
    void theApplicationProtocolOfAGivenContextIsNotOfferedEither() throws Exception {
        AtomicInteger offers = new AtomicInteger();
        Consumer<SSLSocket> choosing = socket -> socket.setHandshakeApplicationProtocolSelector((self, offered) -> {
            offers.incrementAndGet();
            return "h2";
        });
        SSLContext context = FaultyTls.offering("h2", context(CERTIFICATES.store("ca")));
        try (ScriptedServer server = server(choosing);
                Httpipe hp = Httpipe.builder().tls(Tls.of(context)).build()) {
            assertEquals(200, hp.get(server.uri("localhost", "/")).status());
            assertEquals(0, offers.get());
        }
    }

    private static SSLContext context(KeyStore trusted) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}

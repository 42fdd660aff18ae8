package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over an exchange: server name, verification, session resumption and pooling of the connection. */
@Timeout(60)
class ExchangeTlsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Tls TRUSTING = Exchanges.TRUSTING;
    private static final Tls UNVERIFIED = Tls.DEFAULT.verify(false);

    /** The SNI names that the server received. An IP literal sends no name. */
    private final ConcurrentLinkedQueue<List<String>> names = new ConcurrentLinkedQueue<>();

    private ScriptedServer server(String certificate, Consumer<SSLSocket> setup) throws IOException {
        return Servers.tlsWith(TestCertificates.get().server(certificate), setup, peer -> {
            SSLSocket socket = (SSLSocket) peer.socket();
            try {
                socket.startHandshake();
            } catch (IOException e) {
                // The client rejects the certificate.
                return;
            }
            while (peer.nextHead() != null) {
                names.add(((ExtendedSSLSession) socket.getSession())
                        .getRequestedServerNames().stream()
                                .map(name -> ((SNIHostName) name).getAsciiName())
                                .toList());
                peer.send(OK);
            }
        });
    }

    private ScriptedServer server() throws IOException {
        return server("good", socket -> {});
    }

    /** A server with which no handshake succeeds. Its own exception does not matter. */
    private static ScriptedServer refusedServer(String certificate, Signal closed) throws IOException {
        return Servers.tlsWith(TestCertificates.get().server(certificate), socket -> {}, peer -> {
            try {
                ((SSLSocket) peer.socket()).startHandshake();
                peer.awaitClose();
            } catch (IOException e) {
                // The client has sent an alert.
            }
            closed.set();
        });
    }

    private static Consumer<SSLSocket> withProtocol(String protocol) {
        return socket -> socket.setEnabledProtocols(new String[] {protocol});
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLSv1.3,TLS_AES_256_GCM_SHA384"})
    void theSessionReportsTheNegotiatedParameters(String protocol, String suite) throws Exception {
        try (ScriptedServer server = server("good", withProtocol(protocol));
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect("127.0.0.1", server.port())) {
            TlsSession session = exchange.tlsHandshake(TRUSTING);
            assertEquals(protocol, session.protocol());
            assertEquals(suite, session.cipherSuite());
            assertFalse(session.resumed());
            X509Certificate own = (X509Certificate) session.peerCertificates().getFirst();
            assertEquals("CN=good", own.getSubjectX500Principal().getName());
            assertEquals(2, session.peerCertificates().size(), "the certificate of the authority follows");
            assertEquals(session, exchange.tlsHandshake(TRUSTING), "a second handshake only returns the session");
            assertEquals(session, exchange.tlsHandshake());
            assertEquals("OK", exchange.request(Request.get("/")).text());
            assertEquals("OK", exchange.request(Request.get("/")).text());
            assertThrows(IllegalStateException.class, () -> exchange.tlsHandshake(TRUSTING));
        }
    }

    @Test
    void theHandshakeUsesTheTlsSettingsOfTheClientByDefault() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertEquals("TLSv1.3", exchange.tlsHandshake().protocol());
            assertEquals("OK", exchange.request(Request.get("/")).text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void laterHandshakesResumeTheSession(String protocol) throws Exception {
        Tls own = Tls.DEFAULT.trust(TestCertificates.get().authority());
        try (ScriptedServer server = server("good", withProtocol(protocol));
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 3; i++) {
                Exchange exchange = hp.connect(Servers.endpoint(server));
                TlsSession session = exchange.tlsHandshake(own);
                assertEquals(i > 0, session.resumed(), "handshake " + i);
                assertEquals(2, session.peerCertificates().size());
                assertEquals("OK", exchange.request(Request.get("/")).text());
                exchange.abort();
            }
            Exchange other = hp.connect(Servers.endpoint(server));
            assertFalse(
                    other.tlsHandshake(own.serverName("localhost")).resumed(), "sessions belong to one server name");
            other.abort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void withoutSessionReuseNoSessionIsResumed(String protocol) throws Exception {
        Tls never = TRUSTING.sessionReuse(false);
        try (ScriptedServer server = server("good", withProtocol(protocol));
                Httpipe hp = Httpipe.create()) {
            Exchange before = hp.connect(Servers.endpoint(server));
            assertFalse(before.tlsHandshake(never).resumed());
            Exchange meanwhile = hp.connect(Servers.endpoint(server));
            assertEquals("OK", before.request(Request.get("/")).text());
            assertFalse(meanwhile.tlsHandshake(never).resumed(), "not even with a ticket received in between");
            assertEquals("OK", meanwhile.request(Request.get("/")).text());
            before.abort();
            meanwhile.abort();
            Exchange after = hp.connect(Servers.endpoint(server));
            assertFalse(after.tlsHandshake(never).resumed());
            after.abort();
        }
    }

    @Test
    void b15_theSniNameIsTheHostWithoutPortOrTheGivenServerName() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build()) {
            List<Exchange> exchanges = new CopyOnWriteArrayList<>();
            Exchange literal = hp.connect("127.0.0.1", server.port());
            literal.tlsHandshake();
            exchanges.add(literal);
            Exchange named = hp.connect("localhost", server.port());
            named.tlsHandshake();
            exchanges.add(named);
            Exchange serverName = hp.connect("127.0.0.1", server.port());
            serverName.tlsHandshake(TRUSTING.serverName("localhost"));
            exchanges.add(serverName);
            for (Exchange exchange : exchanges) {
                exchange.request(Request.get("/").header("Host", "other.test:9443"));
                exchange.abort();
            }
            assertEquals(List.of(List.of(), List.of("localhost"), List.of("localhost")), List.copyOf(names));
        }
    }

    @Test
    void aNameInvalidForSniFailsVerification() throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = refusedServer("good", closed);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(TRUSTING.serverName("my_service")));
            closed.await();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong-host", "expired", "self-signed"})
    void anUntrustedCertificateFailsTheHandshakeAndClosesTheConnection(String certificate) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = refusedServer(certificate, closed);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(TRUSTING));
            assertEquals(Phase.TLS, e.phase());
            closed.await();
            IllegalStateException over =
                    assertThrows(IllegalStateException.class, () -> exchange.sendRequest(Request.get("/")));
            assertEquals("expected nothing: the exchange is over", over.getMessage());
            assertThrows(IllegalStateException.class, exchange::keepAlive);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"elsewhere.test", "127.0.0.2"})
    void b14_aWrongServerNameFailsAndClosesTheConnection(String name) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = refusedServer("good", closed);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(TRUSTING.serverName(name)));
            closed.await();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"good", "wrong-host", "expired", "self-signed"})
    void withoutVerificationAnyCertificateIsAccepted(String certificate) throws Exception {
        try (ScriptedServer server = server(certificate, socket -> {});
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            X509Certificate own = (X509Certificate)
                    exchange.tlsHandshake(UNVERIFIED).peerCertificates().getFirst();
            assertEquals("CN=" + certificate, own.getSubjectX500Principal().getName());
            assertEquals("OK", exchange.request(Request.get("/")).text());
        }
    }

    @Test
    void b14_aSecondHandshakeWithOtherTlsSettingsIsRefused() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build();
                Exchange exchange = hp.connect(Servers.endpoint(server), ConnectOptions.DEFAULT.tls(UNVERIFIED))) {
            for (Tls other : List.of(TRUSTING, TRUSTING.serverName("elsewhere.test"), UNVERIFIED.serverName("x"))) {
                assertThrows(IllegalStateException.class, () -> exchange.tlsHandshake(other));
            }
            assertNotNull(exchange.tlsHandshake(UNVERIFIED));
            assertNotNull(exchange.tlsHandshake(), "this call only returns the session");
            assertEquals("OK", exchange.request(Request.get("/")).text());
        }
    }

    @Test
    void b14_aConnectionIsPooledOnlyForItsTlsSettings() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build()) {
            Exchange verified = hp.connect(Servers.endpoint(server));
            verified.tlsHandshake();
            verified.request(Request.get("/"));
            assertTrue(verified.keepAlive());
            Exchange unverified = hp.connect(Servers.endpoint(server));
            assertEquals(0, unverified.reusedTimes(), "a plain connection does not reuse a TLS connection");
            assertFalse(unverified.tlsHandshake(UNVERIFIED).resumed());
            assertEquals("OK", unverified.request(Request.get("/")).text());
            assertTrue(unverified.keepAlive());
            assertEquals(2, server.connections());

            Request secure = Request.get(server.uri("/"));
            assertEquals(1, hp.request(secure).reusedTimes(), "the verified connection");
            assertEquals(1, hp.request(secure.tls(UNVERIFIED)).reusedTimes(), "the unverified connection");
            assertEquals(0, hp.request(secure.tls(UNVERIFIED.serverName("x"))).reusedTimes());
            assertEquals(0, hp.request(secure.pool("own")).reusedTimes());
            assertThrows(TlsFailedException.class, () -> hp.request(secure.tls(TRUSTING.serverName("elsewhere.test"))));
            Exchange again = hp.connect(Servers.endpoint(server), ConnectOptions.DEFAULT.tls(TRUSTING));
            assertEquals(2, again.reusedTimes());
            assertNotNull(again.tlsHandshake());
            assertTrue(again.keepAlive());
            Exchange plain = hp.connect(Servers.endpoint(server));
            assertEquals(0, plain.reusedTimes());
            plain.abort();
        }
    }

    @Test
    void aNamedPoolKeepsItsNameThroughTheHandshake() throws Exception {
        ConnectOptions named = ConnectOptions.DEFAULT.pool("tenant-a");
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build()) {
            Exchange exchange = hp.connect(Servers.endpoint(server), named);
            exchange.tlsHandshake();
            assertTrue(exchange.keepAlive());
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
            assertEquals(
                    1, hp.request(Request.get(server.uri("/")).pool("tenant-a")).reusedTimes());
        }
    }

    @Test
    void theHandshakeWorksOverAnAttachedChannelAndAUnixSocket() throws Exception {
        try (ScriptedServer server = server();
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build();
                Exchange exchange =
                        hp.attach(SocketChannel.open(new java.net.InetSocketAddress("127.0.0.1", server.port())))) {
            assertInstanceOf(TlsSession.class, exchange.tlsHandshake());
            assertEquals("OK", exchange.request(Request.get("/")).text());
            assertFalse(exchange.keepAlive());
        }
        Script bridge = peer -> {
            try (ScriptedServer behind = server();
                    Socket socket = new Socket("127.0.0.1", behind.port())) {
                Thread.ofVirtual().start(() -> bridge(socket, peer));
                for (int next = peer.read(); next >= 0; next = peer.read()) {
                    socket.getOutputStream().write(next);
                }
            }
        };
        try (ScriptedServer server = Transports.UNIX.server(bridge);
                Httpipe hp = Httpipe.builder().tls(TRUSTING).build();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.tlsHandshake();
            assertEquals("OK", exchange.request(Request.get("/")).text());
            assertEquals(List.of("localhost"), names.toArray()[1]);
            assertTrue(exchange.keepAlive());
            assertEquals(
                    1,
                    hp.request(Request.get("https://localhost/").at(Servers.endpoint(server)))
                            .reusedTimes());
            assertNotEquals(0, names.size());
        }
    }

    private static void bridge(Socket from, Peer to) {
        try {
            byte[] piece = new byte[4096];
            for (int read = from.getInputStream().read(piece);
                    read >= 0;
                    read = from.getInputStream().read(piece)) {
                to.send(Arrays.copyOf(piece, read));
            }
        } catch (IOException e) {
            // The client has closed the connection.
        }
    }
}

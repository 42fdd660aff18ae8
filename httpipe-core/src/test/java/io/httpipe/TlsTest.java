package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** https: trusted certificates, server names, sessions and connections. */
@Timeout(60)
class TlsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static TestCertificates certificates;
    private static Tls trusting;
    private static SSLContext good;

    @BeforeAll
    static void makeCertificates() throws IOException {
        certificates = TestCertificates.get();
        trusting = Tls.DEFAULT.trust(certificates.authority());
        good = certificates.server();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "LOCALHOST", "localhost."})
    void aTrustedServerIsReachedByNameAndByAddress(String host) throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(good, ScriptedServer.inTurn(OK));
                Httpipe hp = client(trusting)) {
            assertEquals("OK", hp.get(server.uri(host, "/")).text());
            assertEquals(1, hp.get(server.uri(host, "/")).reusedTimes());
        }
    }

    @Test
    void theTrustStoreOfTheJvmDoesNotTrustTheTestAuthority() throws Exception {
        Script failing = peer -> assertThrows(IOException.class, peer::read);
        try (ScriptedServer server = ScriptedServer.tls(good, failing);
                Httpipe hp = Httpipe.create()) {
            assertThrows(TlsFailedException.class, () -> hp.get(server.uri("localhost", "/")));
        }
    }

    @ParameterizedTest
    @CsvSource({"self-signed, localhost", "expired, 127.0.0.1", "wrong-host, localhost", "good, other.test"})
    void withoutVerificationAnyCertificateIsAccepted(String certificate, String host) throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(certificates.server(certificate), ScriptedServer.inTurn(OK));
                Httpipe hp = client(Tls.DEFAULT.verify(false))) {
            assertEquals("OK", hp.get(server.uri(host, "/")).text());
        }
    }

    @Test
    void aSelfSignedCertificateCanBeTrustedByItself() throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(certificates.server("self-signed"), ScriptedServer.inTurn(OK));
                Httpipe hp = client(Tls.DEFAULT.trust(certificates.pem("self-signed")))) {
            assertEquals("OK", hp.get(server.uri("localhost", "/")).text());
        }
    }

    @ParameterizedTest
    @CsvSource({"localhost, localhost", "127.0.0.1, ''", "[::1], ''", "[::ffff:127.0.0.1], ''"})
    void namesAreSentAsServerNamesAndAddressesAreNot(String host, String expected) throws Exception {
        assertEquals(expected, serverNameSeenBy(host, trusting.verify(!host.startsWith("["))));
    }

    @ParameterizedTest
    @CsvSource({"dot.test., dot.test", "-hyphen.test, ''"})
    void aHostThatCannotBeAServerNameDoesNotFailTheCall(String host, String expected) throws Exception {
        String seen = serverNameSeenBy(host, trusting.verify(false));
        assertTrue(seen.isEmpty() || seen.equals(expected), seen);
    }

    @Test
    void theServerNameCanDifferFromTheHost() throws Exception {
        assertEquals("localhost", serverNameSeenBy("other.test", trusting.serverName("localhost")));
        Request away = Request.get("https://localhost/");
        try (ScriptedServer server = ScriptedServer.tls(good, ScriptedServer.inTurn(OK));
                Httpipe hp = client(trusting)) {
            assertEquals("OK", hp.request(away.at("127.0.0.1", server.port())).text());
            assertEquals("OK", hp.request(away.at("other.test", server.port())).text());
        }
    }

    @Test
    void aWrongServerNameIsRefused() throws Exception {
        Script failing = peer -> assertThrows(IOException.class, peer::read);
        try (ScriptedServer server = ScriptedServer.tls(good, failing);
                Httpipe hp = client(trusting.serverName("other.test"))) {
            assertThrows(TlsFailedException.class, () -> hp.get(server.uri("localhost", "/")));
        }
    }

    @Test
    void aServerCannotMakeTheClientKeepUnlimitedSessions() throws Exception {
        Tls tls = Tls.DEFAULT.trust(TestCertificates.get().authority());
        SSLSessionContext sessions =
                tls.settings().identity("localhost").context().sslContext(false).getClientSessionContext();
        try (ScriptedServer server = ScriptedServer.tls(TestCertificates.get().server(), ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.builder().tls(tls).maxIdlePerRoute(0).build()) {
            // Of the sessions that arrive at the same time, only one is resumed and removed from the cache. Without a
            // limit the cache would grow.
            for (int i = 0; i < 32; i++) {
                FanOut.over(hp).all(Collections.nCopies(20, Request.get(server.uri("/"))));
            }
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                assertTrue(exchange.tlsHandshake(tls).resumed());
            }
        }
        int remembered = Collections.list(sessions.getIds()).size();
        assertTrue(remembered > 1 && remembered <= 512, remembered + " sessions are remembered");
    }

    @Test
    void connectionsWithAndWithoutVerificationAreNeverShared() throws Exception {
        Script either = tolerant(ScriptedServer.inTurn(OK));
        try (ScriptedServer server = ScriptedServer.tls(certificates.server("self-signed"), either);
                Httpipe hp = client(trusting)) {
            Request verified = Request.get(server.uri("localhost", "/"));
            Request unverified = verified.tls(trusting.verify(false));
            assertEquals(0, hp.request(unverified).reusedTimes());
            assertEquals(1, hp.request(unverified).reusedTimes());
            assertThrows(TlsFailedException.class, () -> hp.request(verified));
            assertThrows(
                    TlsFailedException.class,
                    () -> hp.request(verified.tls(trusting.verify(false).verify(true))));
            assertEquals(2, hp.request(unverified).reusedTimes());
            assertEquals(3, hp.request(verified.tls(trusting.verify(false))).reusedTimes(), "an equal Tls");
        }
    }

    @Test
    void aPlainRequestNeverUsesATlsConnection() throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(good, tolerant(ScriptedServer.inTurn(OK)));
                Httpipe hp = client(trusting)) {
            hp.get(server.uri("localhost", "/"));
            String plain = "http://localhost:" + server.port() + "/";
            // The server sees the plain head as a broken handshake, and sends an alert or just closes.
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get(plain));
            assertEquals(0, e.reusedTimes());
            assertEquals(2, server.connections());
            assertEquals(1, server.heads().size());
        }
    }

    /** Wraps a script so that it ignores failed handshakes. */
    private static Script tolerant(Script script) {
        return peer -> {
            try {
                script.run(peer);
            } catch (IOException e) {
                // One side has refused the handshake.
            }
        };
    }

    private static Httpipe client(Tls tls) {
        return Httpipe.builder()
                .tls(tls)
                .timeout(Duration.ofSeconds(15))
                .resolver(host -> List.of(InetAddress.getByName("127.0.0.1")))
                .build();
    }

    /** Returns the server name in the handshake for this host, or "" if there is none. */
    private static String serverNameSeenBy(String host, Tls tls) throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        Script asking = peer -> {
            peer.head();
            ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) peer.socket()).getSession();
            List<SNIServerName> names = session.getRequestedServerNames();
            seen.complete(names.isEmpty() ? "" : ((SNIHostName) names.getFirst()).getAsciiName());
            peer.send(OK);
        };
        try (ScriptedServer server = ScriptedServer.tls(good, asking);
                Httpipe hp = client(tls)) {
            hp.request(Request.get(server.uri(host, "/")).at(Servers.endpoint(server)));
            return seen.get(10, TimeUnit.SECONDS);
        }
    }
}

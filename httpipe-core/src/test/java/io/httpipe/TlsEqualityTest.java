package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.TestCertificate;
import io.httpipe.testing.PemFiles;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings that are made twice from the same sources are equal and share sessions and connections. */
@Timeout(60)
class TlsEqualityTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String PIN = "A".repeat(42) + "E=";
    private static final String OTHER_PIN = "A".repeat(42) + "I=";

    private static Tls trusting() throws IOException {
        return Tls.DEFAULT.trust(CERTIFICATES.authority());
    }

    private static Tls client(String name) throws IOException {
        return trusting().clientCertificate(CERTIFICATES.store(name), "password".toCharArray());
    }

    private static X509TrustManager manager(KeyStore store) throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    @Test
    void theSameContentIsEqualWhateverItComesFrom() throws Exception {
        String text = Files.readString(CERTIFICATES.authority());
        for (Tls same : List.of(
                trusting(),
                Tls.DEFAULT.trustPem("An authority.\r\n" + text.replace("\n", "\r\n")),
                Tls.DEFAULT.trustPem(text + text),
                Tls.DEFAULT.trust(CERTIFICATES.store("ca")),
                trusting().verify(false).verify(true),
                trusting().sessionReuse(false).sessionReuse(true))) {
            assertEquals(trusting(), same);
            assertEquals(trusting().hashCode(), same.hashCode());
        }
        Tls pem = trusting().clientCertificate(PemFiles.path("ec.pem"), PemFiles.path("ec.key"));
        assertEquals(pem, trusting().clientCertificatePem(PemFiles.text("ec.pem"), PemFiles.text("ec.key")));
        assertEquals(client("client-a"), client("client-a"));
        assertEquals(client("client-a").hashCode(), client("client-a").hashCode());
        assertEquals(Tls.DEFAULT.pins(PIN, OTHER_PIN), Tls.DEFAULT.pins("sha256/" + OTHER_PIN, PIN));
        SSLContext context = SSLContext.getDefault();
        assertEquals(Tls.of(context), Tls.of(context));
        X509TrustManager manager = manager(CERTIFICATES.store("ca"));
        assertEquals(Tls.DEFAULT.trust(manager), Tls.DEFAULT.trust(manager));
    }

    @Test
    void eachSettingMakesADifference() throws Exception {
        SSLContext other = SSLContext.getInstance("TLS");
        other.init(null, null, null);
        List<Tls> all = new ArrayList<>(List.of(
                Tls.DEFAULT,
                trusting(),
                Tls.DEFAULT.trust(CERTIFICATES.pem("ca", "other-ca")),
                Tls.DEFAULT.trust(manager(CERTIFICATES.store("ca"))),
                Tls.DEFAULT.trust(manager(CERTIFICATES.store("ca"))),
                Tls.of(SSLContext.getDefault()),
                Tls.of(other),
                trusting().verify(false),
                trusting().sessionReuse(false),
                trusting().serverName("a.test"),
                trusting().serverName("b.test"),
                trusting().protocols("TLSv1.3"),
                trusting().protocols("TLSv1.3", "TLSv1.2"),
                trusting().cipherSuites("TLS_AES_128_GCM_SHA256"),
                trusting().pins(PIN, OTHER_PIN),
                client("client-a"),
                client("client-b"),
                trusting().clientCertificate(PemFiles.path("ec.pem"), PemFiles.path("ec.key")),
                Tls.of(() -> Tls.DEFAULT)));
        assertEquals(all.size(), new HashSet<>(all).size(), "no two are equal");
        for (Tls tls : all) {
            assertEquals(1, all.stream().filter(tls::equals).count(), tls::toString);
            assertNotEquals(tls, "another type");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void equalSettingsShareSessionsAcrossClients(String version) throws Exception {
        try (ScriptedServer server = Servers.tlsWith(
                CERTIFICATES.server(),
                socket -> socket.setEnabledProtocols(new String[] {version}),
                ScriptedServer.inTurn(OK))) {
            for (int i = 0; i < 3; i++) {
                try (Httpipe hp = Httpipe.create();
                        Exchange exchange = hp.connect("localhost", server.port())) {
                    assertEquals(i > 0, exchange.tlsHandshake(trusting()).resumed());
                    assertEquals("OK", exchange.request(Request.get("/")).text());
                    exchange.abort();
                }
            }
            try (Httpipe hp = Httpipe.create();
                    Exchange exchange = hp.connect("localhost", server.port())) {
                assertFalse(exchange.tlsHandshake(Tls.DEFAULT.trust(CERTIFICATES.pem("ca", "other-ca")))
                        .resumed());
            }
        }
    }

    @Test
    void equalSettingsShareConnections() throws Exception {
        try (ScriptedServer server =
                        Servers.tlsWith(CERTIFICATES.server(), socket -> socket.setWantClientAuth(true), peer -> {
                            while (peer.nextHead() != null) {
                                String name = ((SSLSocket) peer.socket())
                                        .getSession()
                                        .getPeerPrincipal()
                                        .getName();
                                peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
                            }
                        });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("localhost", "/"));
            for (int i = 0; i < 3; i++) {
                for (String name : List.of("client-a", "client-b")) {
                    Response response = hp.request(request.tls(client(name)));
                    assertEquals("CN=" + name, response.text());
                    assertEquals(i, response.reusedTimes());
                }
            }
        }
    }

    @Test
    void settingsThatNothingRefersToAreForgotten() throws Exception {
        WeakReference<Object> context = contextOf("of this test alone");
        for (int i = 0; i < 1000 && context.get() != null; i++) {
            System.gc();
            Thread.yield();
        }
        assertTrue(context.get() == null, "the cache of contexts does not keep them");
    }

    private static WeakReference<Object> contextOf(String authority) throws Exception {
        X509Certificate own =
                TestCertificate.builder(authority).authority().make().certificate();
        Tls tls = Tls.DEFAULT.trustPem(TestCertificates.pemText(own));
        WeakReference<Object> context = new WeakReference<>(
                tls.serverName("h.test").settings().identity("h").context());
        assertEquals(context.get(), tls.settings().identity("h").context());
        return context;
    }
}

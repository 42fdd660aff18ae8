package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.TestCertificate;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.UnderscoreServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers whose name has an underscore, over TLS 1.2 and 1.3. The JDK alone can neither send nor verify such names. */
@Timeout(120)
class UnderscoreNamesTest {
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private static UnderscoreServer server;
    private static Tls trusting;

    @BeforeAll
    static void start() throws Exception {
        server = UnderscoreServer.start();
        trusting = Tls.DEFAULT.trust(server.authorities());
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    /** Returns settings that share no sessions, because they trust an authority that no other settings trust. */
    private static Tls fresh() throws IOException {
        X509Certificate own =
                TestCertificate.builder("of one test").authority().make().certificate();
        return Tls.DEFAULT.trustPem(Files.readString(server.authorities()) + TestCertificates.pemText(own));
    }

    private static Request request(String host, String protocol) {
        return Request.get("https://" + host + "/").at("127.0.0.1", server.port(protocol));
    }

    private static Exchange exchange(Httpipe hp, String protocol) throws IOException {
        return hp.connect("127.0.0.1", server.port(protocol));
    }

    @ParameterizedTest
    @CsvSource({
        "my_account.lab.test, my_account.lab.test",
        "MY_Account.lab.test, my_account.lab.test",
        "my_account.lab.test., my_account.lab.test",
        "exact_name.lab.test, exact_name.lab.test",
        "my_host, my_host",
        "_.lab.test, _.lab.test",
        "x_y.z_w.test, x_y.z_w.test",
        "x.z_w.test, x.z_w.test",
        "127.0.0.1, ''"
    })
    void aNameThatTheCertificateCoversIsSentAndVerified(String host, String expectedServerName) throws Exception {
        for (String protocol : PROTOCOLS) {
            try (Httpipe hp = Httpipe.builder().tls(trusting).build();
                    Exchange exchange = exchange(hp, protocol)) {
                Response first = hp.request(request(host, protocol));
                assertEquals(expectedServerName, first.text());
                assertEquals(1, hp.request(request(host, protocol)).reusedTimes());
                exchange.tlsHandshake(trusting.serverName(host));
                assertEquals(
                        expectedServerName,
                        exchange.request(Request.get("/")).text().toLowerCase(java.util.Locale.ROOT));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "wrong_name.lab.test, No subject alternative DNS name matching wrong_name.lab.test found",
        "deep_er.sub.lab.test, No subject alternative DNS name matching deep_er.sub.lab.test found",
        "part_ial.lab.test, No subject alternative DNS name matching part_ial.lab.test found",
        "two_stars.sub.test, No subject alternative DNS name matching two_stars.sub.test found",
        "single_label, No subject alternative DNS name matching single_label found",
        "cn_only.lab.test, No subject alternative DNS name matching cn_only.lab.test found",
        "cn_ip.lab.test, No subject alternative DNS name matching cn_ip.lab.test found",
        "cn_other.lab.test, No subject alternative DNS name matching cn_other.lab.test found",
        "null_byte.lab.test, No subject alternative DNS name matching null_byte.lab.test found",
        "expired_one.lab.test, validity check failed",
        "un_trusted.lab.test, unable to find valid certification path",
        "self_signed.lab.test, unable to find valid certification path",
        "weak_digest.lab.test, Algorithm constraints check failed",
        "for_clients.lab.test, Extended key usage does not permit use for TLS server authentication"
    })
    void aCertificateThatDoesNotProveTheNameIsRefusedEachTime(String host, String reason) throws Exception {
        for (String protocol : PROTOCOLS) {
            Tls tls = fresh();
            try (Httpipe hp = Httpipe.builder().tls(tls).build()) {
                for (int i = 0; i < 3; i++) {
                    TlsFailedException e =
                            assertThrows(TlsFailedException.class, () -> hp.request(request(host, protocol)));
                    assertTrue(e.getMessage().contains(reason), e.getMessage());
                    assertEquals(Phase.TLS, e.phase());
                    assertEquals(0, e.bytesSent());
                    try (Exchange exchange = exchange(hp, protocol)) {
                        TlsFailedException other = assertThrows(
                                TlsFailedException.class, () -> exchange.tlsHandshake(tls.serverName(host)));
                        assertTrue(other.getMessage().contains(reason), other.getMessage());
                    }
                }
                assertEquals(List.of(), hp.stats());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aSessionIsResumedOnlyForItsOwnName(String protocol) throws Exception {
        Tls tls = fresh();
        try (Httpipe hp = Httpipe.create()) {
            for (String name : List.of("my_account.lab.test", "exact_name.lab.test", "my_host")) {
                for (int i = 0; i < 3; i++) {
                    Exchange exchange = exchange(hp, protocol);
                    TlsSession session = exchange.tlsHandshake(tls.serverName(name));
                    assertEquals(i > 0, session.resumed(), name + ", handshake " + i);
                    assertEquals(2, session.peerCertificates().size());
                    assertEquals(name, exchange.request(Request.get("/")).text());
                    exchange.abort();
                }
            }
            for (String name : List.of("wrong_name.lab.test", "deep_er.sub.lab.test", "cn_only.lab.test")) {
                try (Exchange exchange = exchange(hp, protocol)) {
                    assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(tls.serverName(name)));
                }
            }
            try (Exchange other = exchange(hp, protocol)) {
                assertFalse(
                        other.tlsHandshake(tls.serverName("my-account.lab.test"))
                                .resumed(),
                        "nor for one that is close");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void noSessionIsResumedIfResumptionIsSwitchedOff(String protocol) throws Exception {
        Tls never = fresh().sessionReuse(false).serverName("my_account.lab.test");
        try (Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 3; i++) {
                Exchange exchange = exchange(hp, protocol);
                assertFalse(exchange.tlsHandshake(never).resumed());
                assertEquals(
                        "my_account.lab.test",
                        exchange.request(Request.get("/")).text());
                exchange.abort();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aClientCertificateIsNotSentToAServerOfAnotherName(String protocol) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(server.client())) {
            keys.load(in, "password".toCharArray());
        }
        Tls tls = fresh().clientCertificate(keys, "password".toCharArray());
        try (Httpipe hp = Httpipe.builder().tls(tls).build()) {
            assertEquals(
                    "shown_to.lab.test",
                    hp.request(request("shown_to.lab.test", protocol)).text());
            // Skips the outcomes of handshakes that earlier tests have started.
            String next = server.nextHandshake();
            while (!next.equals("shown_to.lab.test complete CN=client-a")) {
                assertFalse(next.startsWith("no "), next);
                next = server.nextHandshake();
            }
            // Each outcome is awaited before the next request, because the server records them on several threads.
            assertThrows(TlsFailedException.class, () -> hp.request(request("wrong_name.lab.test", protocol)));
            assertEquals("wrong_name.lab.test failed", server.nextHandshake());
            assertThrows(TlsFailedException.class, () -> hp.request(request("cn_only.lab.test", protocol)));
            assertEquals("cn_only.lab.test failed", server.nextHandshake());
        }
    }

    @Test
    void anExtendedTrustManagerOfTheApplicationVerifiesSuchNames() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(server.authorities())) {
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + store.size(), certificate);
            }
        }
        factory.init(store);
        X509ExtendedTrustManager manager = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        for (String protocol : PROTOCOLS) {
            try (Httpipe hp = Httpipe.builder().tls(Tls.DEFAULT.trust(manager)).build()) {
                assertEquals(
                        "my_account.lab.test",
                        hp.request(request("my_account.lab.test", protocol)).text());
                assertThrows(TlsFailedException.class, () -> hp.request(request("wrong_name.lab.test", protocol)));
            }
        }
    }

    /** Some servers refuse such a name. Without verification it is not needed, because any certificate is accepted. */
    @Test
    void withoutVerificationNoNameWithAnUnderscoreIsSent() throws Exception {
        for (String protocol : PROTOCOLS) {
            try (Httpipe hp = Httpipe.builder().tls(Tls.DEFAULT.verify(false)).build()) {
                assertEquals(
                        "", hp.request(request("wrong_name.lab.test", protocol)).text());
            }
        }
    }

    @Test
    void onlyTheAuthoritiesOfTheJvmAreTrustedByDefault() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            TlsFailedException e =
                    assertThrows(TlsFailedException.class, () -> hp.request(request("my_account.lab.test", "TLSv1.3")));
            assertTrue(e.getMessage().contains("unable to find valid certification path"), e.getMessage());
        }
    }
}

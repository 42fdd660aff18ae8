package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which certificates and TLS versions of a server are accepted. Other servers get no byte of a request. */
@Timeout(60)
class TlsTrustTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    @ParameterizedTest
    @CsvSource({
        "good, ca",
        "through-an-intermediate, ca",
        "untrusted, ca other-ca",
        "over-sha256, rsa-ca",
        "self-signed, self-signed"
    })
    void aServerWithATrustedCertificateIsAccepted(String certificate, String trusted) throws Exception {
        Script script = ScriptedServer.inTurn(OK);
        Tls tls = Tls.DEFAULT.trust(CERTIFICATES.pem(trusted.split(" ")));
        try (ScriptedServer server = ScriptedServer.tls(CERTIFICATES.server(certificate), script);
                Httpipe hp = Httpipe.builder().tls(tls).build()) {
            assertEquals("OK", hp.get(server.uri("localhost", "/")).text());
            assertEquals(1, hp.get(server.uri("localhost", "/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "expired, TLSv1.3, validity check failed: NotAfter: ",
        "expired, TLSv1.2, validity check failed: NotAfter: ",
        "not-yet-valid, TLSv1.3, validity check failed: NotBefore: ",
        "not-yet-valid, TLSv1.2, validity check failed: NotBefore: ",
        "self-signed, TLSv1.3, unable to find valid certification path",
        "self-signed, TLSv1.2, unable to find valid certification path",
        "untrusted, TLSv1.3, unable to find valid certification path",
        "untrusted, TLSv1.2, unable to find valid certification path",
        "without-its-intermediate, TLSv1.3, unable to find valid certification path",
        "by-an-expired-authority, TLSv1.3, validity check failed",
        "by-no-authority, TLSv1.3, basic constraints check failed",
        "for-clients-only, TLSv1.3, Extended key usage does not permit use for TLS server authentication",
        "stolen, TLSv1.3, signature",
        "stolen, TLSv1.2, signature",
        "wrong-host, TLSv1.3, No subject alternative DNS name matching localhost",
        "wrong-host, TLSv1.2, No subject alternative DNS name matching localhost",
        "over-md5, TLSv1.3, disabled algorithm: MD5",
        "over-md5, TLSv1.2, disabled algorithm: MD5",
        "rsa-512, TLSv1.3, RSA 512 bit key",
        "rsa-512, TLSv1.2, RSA 512 bit key"
    })
    void aServerWithAnUntrustedCertificateIsRefused(String certificate, String version, String reason)
            throws Exception {
        Signal refused = new Signal();
        Script failing = peer -> {
            try {
                assertEquals(-1, peer.read());
            } catch (IOException e) {
                // The alert of the client that refuses.
            }
            refused.set();
        };
        Tls tls = Tls.DEFAULT.trust(CERTIFICATES.pem("ca", "rsa-ca"));
        try (ScriptedServer server = Servers.tlsWith(
                        CERTIFICATES.server(certificate),
                        socket -> socket.setEnabledProtocols(new String[] {version}),
                        failing);
                Httpipe hp = Httpipe.builder().tls(tls).build()) {
            Request post = Request.post(server.uri("localhost", "/")).body("secret");
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(post));
            assertTrue(e.getMessage().contains(reason), e.getMessage());
            assertNoByteOfIt(e);
            assertEquals(List.of(), hp.stats(), "nothing is pooled");
            refused.await();
        }
    }

    /** The unencrypted TLS records that a server sends after the ClientHello. */
    @ParameterizedTest
    @CsvSource({
        // The alert protocol_version.
        "15 0302 0002 0246, protocol_version",
        // A ServerHello of TLS 1.1, 1.0 and SSL 3.0.
        "16 0302 002a 02 000026 0302 RANDOM 00 c013 00, protocol_version",
        "16 0301 002a 02 000026 0301 RANDOM 00 c013 00, protocol_version",
        "16 0300 002a 02 000026 0300 RANDOM 00 c013 00, protocol_version",
        // A ServerHello of TLS 1.2 without encryption, and one with a cipher that the client has not offered.
        "16 0303 002a 02 000026 0303 RANDOM 00 0000 00, improper ciphersuite",
        "16 0303 002a 02 000026 0303 RANDOM 00 0005 00, improper ciphersuite",
        // A ServerHello of TLS 1.2 whose random bytes say that the server supports TLS 1.3 (RFC 8446, 4.1.3).
        "16 0303 002a 02 000026 0303 DOWNGRADED 00 c02b 00, downgrade attack"
    })
    void aWeakerProtocolIsRefused(String answer, String reason) throws Exception {
        String random = "00112233445566778899aabbccddeeff0011223344556677";
        byte[] bytes = HexFormat.of()
                .parseHex(answer.replace("RANDOM", random + "8899aabbccddeeff")
                        .replace("DOWNGRADED", random + "444f574e47524401")
                        .replace(" ", ""));
        Script raw = peer -> {
            int type = peer.read();
            assertEquals(0x16, type);
            peer.send(bytes);
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(raw);
                Httpipe hp = Httpipe.builder().tls(Tls.DEFAULT.verify(false)).build()) {
            Request post = Request.post("https://localhost/").at(Servers.endpoint(server));
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(post));
            assertTrue(e.getMessage().contains(reason), e.getMessage());
            assertNoByteOfIt(e);
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void afterARefusalTheNextHandshakeIsAFullOne(String version) throws Exception {
        Script script = peer -> {
            try {
                if (peer.nextHead() != null) {
                    peer.send(OK);
                }
            } catch (IOException e) {
                // The client's alert.
            }
        };
        Tls tls = Tls.DEFAULT.trust(CERTIFICATES.authority());
        try (ScriptedServer server = Servers.tlsWith(
                        CERTIFICATES.server("wrong-host"),
                        socket -> socket.setEnabledProtocols(new String[] {version}),
                        script);
                Httpipe hp = Httpipe.builder().tls(tls).build()) {
            Request request = Request.get(server.uri("localhost", "/"));
            for (int i = 0; i < 3; i++) {
                // If the session of the failed handshake were kept, the second handshake could resume it unverified.
                assertThrows(TlsFailedException.class, () -> hp.request(request));
            }
            assertEquals(
                    "OK",
                    hp.request(request.tls(tls.serverName("elsewhere.test"))).text());
            assertThrows(TlsFailedException.class, () -> hp.request(request));
        }
    }

    private static void assertNoByteOfIt(TlsFailedException e) {
        assertEquals(Phase.TLS, e.phase());
        assertEquals(0, e.bytesSent());
        assertEquals(0, e.reusedTimes());
        assertFalse(e.safeToRetry(), "nothing was sent, but the certificate would be the same");
    }
}

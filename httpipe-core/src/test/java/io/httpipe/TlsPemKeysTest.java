package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.PemFiles;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Client certificates and keys in PEM, in each format that OpenSSL writes. */
@Timeout(60)
class TlsPemKeysTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    /** Answers with the name in the client certificate, which must come from the authority of the PEM files. */
    private static ScriptedServer serverThatAsks(String version) throws Exception {
        SSLContext context = CERTIFICATES.server(CERTIFICATES.identity("good"), PemFiles.authority());
        return Servers.tlsWith(
                context,
                socket -> {
                    socket.setEnabledProtocols(new String[] {version});
                    socket.setNeedClientAuth(true);
                },
                peer -> {
                    while (peer.nextHead() != null) {
                        String name = ((SSLSocket) peer.socket())
                                .getSession()
                                .getPeerPrincipal()
                                .getName();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
                    }
                });
    }

    private static char[] password(String password) {
        return password == null ? new char[0] : password.toCharArray();
    }

    @ParameterizedTest
    @CsvSource({
        "rsa, rsa.pem, rsa.key,",
        "rsa, rsa.pem, rsa-pkcs1.key,",
        "rsa, rsa.pem, rsa-encrypted.key, fixture-secret",
        "ec, ec.pem, ec.key,",
        "ec, ec.pem, ec-sec1.key,",
        "ec, ec.pem, ec-encrypted.key, fixture-secret",
        "ec, ec.pem, ec-sha1.key, fixture-secret",
        "ec, ec.pem, ec.key, not needed",
        "ed25519, ed25519.pem, ed25519.key,",
        "ed25519, ed25519.pem, ed25519-encrypted.key, fixture-secret",
        "p256, p256.pem, ec-parameters.key,",
        "below, chain.pem, below.key,",
        "below, all-in-one.pem, all-in-one.pem,"
    })
    void theServerSeesTheCertificate(String name, String chain, String key, String password) throws Exception {
        Tls trusting = Tls.DEFAULT.trust(CERTIFICATES.authority());
        Tls files = trusting.clientCertificate(PemFiles.path(chain), PemFiles.path(key), password(password));
        Tls texts = trusting.clientCertificatePem(PemFiles.text(chain), PemFiles.text(key), password(password));
        for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
            try (ScriptedServer server = serverThatAsks(version);
                    Httpipe hp = Httpipe.builder().tls(files).build()) {
                Request request = Request.get(server.uri("localhost", "/"));
                assertEquals("CN=" + name, hp.request(request).text());
                assertEquals(1, hp.request(request.tls(texts)).reusedTimes(), "an equal Tls");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rsa.pem, rsa-encrypted.key,, key: ENCRYPTED PRIVATE KEY at line 1 needs a password",
        "rsa.pem, rsa-encrypted.key, wrong-secret, key: ENCRYPTED PRIVATE KEY at line 1 cannot be decrypted. If the"
                + " password is right%c convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW",
        "ec.pem, ec-scrypt.key, fixture-secret, key: ENCRYPTED PRIVATE KEY at line 1 cannot be decrypted. If the"
                + " password is right%c convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW",
        "rsa.pem, rsa-legacy.key, fixture-secret, key: RSA PRIVATE KEY at line 1 is encrypted in the old format of"
                + " OpenSSL (Proc-Type: 4%cENCRYPTED); convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD"
                + " -out NEW",
        "ec.pem, ec-legacy.key, fixture-secret, key: EC PRIVATE KEY at line 1 is encrypted in the old format of"
                + " OpenSSL (Proc-Type: 4%cENCRYPTED); convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD"
                + " -out NEW",
        "ec.pem, ec-explicit.key,, key: EC PRIVATE KEY at line 1 does not name its curve; convert it with openssl"
                + " pkcs8 -topk8 -nocrypt -in OLD -out NEW",
        "ec.pem, rsa.key,, key: PRIVATE KEY at line 1 cannot be read as a key for the algorithm of the certificate%c EC",
        "rsa.pem, ec-sec1.key,, key: EC PRIVATE KEY at line 1 cannot be read as a key for the algorithm of the"
                + " certificate%c RSA",
        "p256.pem, ec.key,, key: PRIVATE KEY at line 1 does not belong to the certificate",
        "p256.pem, below.key,, key: PRIVATE KEY at line 1 does not belong to the certificate",
        "ec.pem, ec.pem,, key: no PRIVATE KEY; found CERTIFICATE at line 1",
        "ec.key, ec.key,, chain: no CERTIFICATE; found PRIVATE KEY at line 1"
    })
    void aKeyThatCannotBeUsedIsRefused(String chain, String key, String password, String reason) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Tls.DEFAULT.clientCertificate(PemFiles.path(chain), PemFiles.path(key), password(password)));
        // The message names the file.
        Path file = PemFiles.path(reason.startsWith("chain") ? chain : key);
        assertEquals(reason.replace("%c", ",").replaceFirst(": ", ": " + file + ": "), e.getMessage());
        assertShowsNoSecret(e, PemFiles.text(key), password);
    }

    private static void assertShowsNoSecret(Throwable e, String key, String password) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace, true));
        assertFalse(password != null && trace.toString().contains(password), trace::toString);
        for (String line : key.split("\n")) {
            boolean secret = !line.startsWith("-----") && !line.contains(":") && !line.isBlank();
            assertFalse(secret && trace.toString().contains(line.substring(0, 8)), () -> line + " in " + trace);
        }
    }

    @Test
    void otherKindsAndSeveralKeysAreRefused() {
        String chain = PemFiles.text("ec.pem");
        String key = PemFiles.text("ec.key");
        assertEquals(
                "key: more than one private key; found PRIVATE KEY at line 1, PRIVATE KEY at line 7",
                refusal(chain, key + key));
        assertEquals(
                "key: OPENSSH PRIVATE KEY at line 1 is of a kind that cannot be used; convert it with openssl pkcs8"
                        + " -topk8 -v2 aes-256-cbc -in OLD -out NEW",
                refusal(chain, key.replace(" PRIVATE", " OPENSSH PRIVATE")));
        assertEquals(
                "key: EC PRIVATE KEY at line 1 does not name its curve; convert it with openssl pkcs8 -topk8 -nocrypt"
                        + " -in OLD -out NEW",
                refusal(chain, "-----BEGIN EC PRIVATE KEY-----\nMAMCAQE=\n-----END EC PRIVATE KEY-----"));
    }

    private static String refusal(String chain, String key) {
        return assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.clientCertificatePem(chain, key))
                .getMessage();
    }

    @Test
    void certificatesInAnotherOrderAreRefused() {
        String chain = PemFiles.text("chain.pem");
        int second = chain.lastIndexOf("-----BEGIN");
        String reversed = chain.substring(second) + chain.substring(0, second);
        assertEquals(
                "chain: certificate 2 has not issued certificate 1; the client's own certificate must be the first, and"
                        + " its issuers must follow in order",
                refusal(reversed, PemFiles.text("below.key")));
    }

    /** The JDK refuses such a chain, but only when it is used. */
    @Test
    void aCertificateThatComesTwiceIsRefused() {
        String authority = PemFiles.text("ca.pem");
        assertEquals(
                "chain: a certificate occurs twice; leave out the second one",
                refusal(PemFiles.text("ec.pem") + authority + authority, PemFiles.text("ec.key")));
    }

    @Test
    void toStringAndHashCodeShowNoKey() throws Exception {
        Tls tls = Tls.DEFAULT.clientCertificate(
                PemFiles.path("ec.pem"), PemFiles.path("ec-encrypted.key"), PemFiles.PASSWORD.toCharArray());
        assertTrue(tls.toString().contains("clientCertificate=true"), tls::toString);
        assertFalse(tls.toString().contains(PemFiles.PASSWORD), tls::toString);
        assertEquals(
                tls.hashCode(),
                Tls.DEFAULT
                        .clientCertificate(PemFiles.path("ec.pem"), PemFiles.path("ec.key"))
                        .hashCode(),
                "the same key without encryption");
    }
}

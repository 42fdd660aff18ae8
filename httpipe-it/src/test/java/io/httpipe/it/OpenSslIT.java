package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Tls;
import io.httpipe.TlsFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS with the server of OpenSSL, with client certificates and keys in each format that OpenSSL writes. */
class OpenSslIT {
    private static final String[] ASKS = {
        "-cert", "server.pem", "-key", "server.key", "-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"
    };
    private static final String[] ASKS_NOT = {"-cert", "server.pem", "-key", "server.key"};

    private static final String PASSWORD = "a password";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeCertificates() throws Exception {
        OpenSsl.run(folder, """
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=authority" \
                    -keyout ca.key -out ca.pem
                echo "subjectAltName=DNS:localhost" > server.ext
                echo "basicConstraints=CA:FALSE" > client.ext
                openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out server.key
                openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
                openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key
                openssl genpkey -algorithm Ed25519 -out ed25519.key
                for name in server rsa ec ed25519; do
                    extensions=client.ext
                    if [ $name = server ]; then extensions=server.ext; fi
                    openssl req -new -key $name.key -subj "/CN=$name" -out $name.csr
                    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                        -extfile $extensions -out $name.pem
                    openssl pkcs8 -topk8 -in $name.key -passout "pass:%1$s" -out $name-encrypted.key
                done
                openssl rsa -in rsa.key -traditional -out rsa-traditional.key
                openssl ec -in ec.key -out ec-traditional.key
                openssl rsa -in rsa.key -traditional -aes256 -passout "pass:%1$s" -out rsa-legacy.key
                openssl pkcs8 -topk8 -v2 aes-256-cbc -in rsa-legacy.key -passin "pass:%1$s" -passout "pass:%1$s" \
                    -out rsa-converted.key
                openssl pkcs12 -export -in ec.pem -inkey ec.key -passout "pass:%1$s" -out ec.p12
                """.formatted(PASSWORD));
    }

    private static Tls trusting() throws IOException {
        return Tls.DEFAULT.trust(folder.resolve("ca.pem"));
    }

    /** Returns the server's page about the connection. */
    private static String page(Tls tls, OpenSsl server) throws IOException {
        try (Httpipe hp = Httpipe.builder().tls(tls).build()) {
            return hp.get(server.uri()).text();
        }
    }

    private static void assertSeen(String name, String page) {
        assertTrue(
                Pattern.compile("Subject: CN ?= ?" + name + "\\b").matcher(page).find(), page);
    }

    @ParameterizedTest
    @CsvSource({
        "rsa, rsa.key,",
        "rsa, rsa-traditional.key,",
        "rsa, rsa-encrypted.key, a password",
        "rsa, rsa-converted.key, a password",
        "ec, ec.key,",
        "ec, ec-traditional.key,",
        "ec, ec-encrypted.key, a password",
        "ed25519, ed25519.key,",
        "ed25519, ed25519-encrypted.key, a password"
    })
    void theServerVerifiesTheClient(String name, String key, String password) throws Exception {
        char[] secret = password == null ? new char[0] : password.toCharArray();
        Tls tls = trusting().clientCertificate(folder.resolve(name + ".pem"), folder.resolve(key), secret);
        for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
            try (OpenSsl server = OpenSsl.server(folder, ASKS)) {
                String page = page(tls.protocols(protocol), server);
                assertSeen(name, page);
                assertTrue(page.contains("New, " + protocol + ", Cipher is "), page);
            }
        }
    }

    @Test
    void aKeyInTheOldEncryptedFormatIsRefusedWithTheCommandThatConvertsIt() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Tls.DEFAULT.clientCertificate(
                        folder.resolve("rsa.pem"), folder.resolve("rsa-legacy.key"), PASSWORD.toCharArray()));
        assertTrue(
                e.getMessage().endsWith("convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW"),
                e.getMessage());
    }

    @Test
    void withoutACertificateTheServerRefuses() throws Exception {
        try (OpenSsl server = OpenSsl.server(folder, ASKS)) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> page(trusting(), server));
            assertTrue(e.getMessage().contains("certificate_required"), e.getMessage());
            assertFalse(e.safeToRetry());
        }
    }

    @Test
    void theContextOfTheApplicationIsUsed() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("ec.p12"))) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust().getTrustManagers(), null);
        try (OpenSsl server = OpenSsl.server(folder, ASKS)) {
            assertSeen("ec", page(Tls.of(context), server));
            assertSeen("ec", page(trusting().clientCertificate(keys, PASSWORD.toCharArray()), server));
        }
    }

    private static TrustManagerFactory trust() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(folder.resolve("ca.pem"))) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust;
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ECDHE-ECDSA-AES128-GCM-SHA256",
        "TLSv1.3, TLS_CHACHA20_POLY1305_SHA256, TLS_CHACHA20_POLY1305_SHA256"
    })
    void theCipherSuiteIsTheChosenOne(String protocol, String suite, String seen) throws Exception {
        try (OpenSsl server = OpenSsl.server(folder, ASKS_NOT)) {
            String page = page(trusting().protocols(protocol).cipherSuites(suite), server);
            assertTrue(page.contains("New, " + protocol + ", Cipher is " + seen + "\n"), page);
        }
    }

    /** The command is the one in docs/tls.md. */
    @Test
    void aPinIsWhatOpenSslComputes() throws Exception {
        String pin = OpenSsl.run(folder, """
                openssl x509 -in server.pem -pubkey -noout | openssl pkey -pubin -outform der \
                    | openssl dgst -sha256 -binary | openssl base64
                """);
        String spare = (pin.startsWith("A") ? "B" : "A") + pin.substring(1);
        String other = "A".repeat(43) + "=";
        try (OpenSsl server = OpenSsl.server(folder, ASKS_NOT)) {
            assertTrue(page(trusting().pins(pin, other), server).contains("Cipher is"));
            TlsFailedException e =
                    assertThrows(TlsFailedException.class, () -> page(trusting().pins(spare, other), server));
            assertTrue(e.getMessage().contains("sha256/" + pin), e.getMessage());
            assertEquals(Phase.TLS, e.phase());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void equalSettingsOfDifferentClientsResumeSessions(String protocol) throws Exception {
        try (OpenSsl server = OpenSsl.server(folder, ASKS_NOT)) {
            assertTrue(page(trusting().protocols(protocol), server).contains("New, " + protocol));
            assertTrue(page(trusting().protocols(protocol), server).contains("Reused, " + protocol));
            assertTrue(page(trusting().protocols(protocol).sessionReuse(false), server)
                    .contains("New, " + protocol));
        }
    }
}

package io.httpipe.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;

/** The certificates and keys in {@code src/test/resources/pem}, which OpenSSL has made. */
public final class PemFiles {
    /** The password of the encrypted keys. */
    public static final String PASSWORD = "fixture-secret";

    private static final Path FOLDER = Path.of("src", "test", "resources", "pem");

    private PemFiles() {}

    public static Path path(String name) {
        return FOLDER.resolve(name);
    }

    public static String text(String name) {
        try {
            return Files.readString(path(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return a key store with the authority that has signed all certificates} */
    public static KeyStore authority() {
        try (InputStream in = Files.newInputStream(path("ca.pem"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }
}

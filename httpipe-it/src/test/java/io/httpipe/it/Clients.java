package io.httpipe.it;

import io.httpipe.Httpipe;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Clients for {@link Nginx}. They trust its certificate authority, and limit each step to 10 seconds. */
final class Clients {
    private Clients() {}

    static Httpipe create() {
        return builder().build();
    }

    static Httpipe.Builder builder() {
        return Httpipe.builder().tls(trustingTls()).timeouts(Timeouts.of(Duration.ofSeconds(10)));
    }

    /** TLS settings that trust only the certificate authority of nginx. */
    static Tls trustingTls() {
        return Trusting.TLS;
    }

    /** Waits until the pool of a client is empty. */
    static void awaitNoConnection(Httpipe hp) throws InterruptedException {
        while (!hp.stats().isEmpty()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Thread.yield();
        }
    }

    /** Settings that trust nginx, without sessions to resume. Their trust manager makes them differ from all others. */
    static Tls newTrustingTls() {
        try (InputStream pem = new ByteArrayInputStream(Nginx.caCertificate())) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            return Tls.DEFAULT.trust((X509TrustManager) trust.getTrustManagers()[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Tls trustingFile() {
        try {
            Path pem = Files.createTempFile("httpipe-ca", ".pem");
            try {
                Files.write(pem, Nginx.caCertificate());
                return Tls.DEFAULT.trust(pem);
            } finally {
                Files.delete(pem);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Trusting {
        static final Tls TLS = trustingFile();
    }
}

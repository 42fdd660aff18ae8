package io.httpipe.it;

import io.httpipe.Httpipe;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

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

    /** A new value of the same settings, without sessions to resume. */
    static Tls newTrustingTls() {
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
        static final Tls TLS = newTrustingTls();
    }
}

package io.httpipe.it;

import io.httpipe.Httpipe;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Clients fit for {@link Nginx}: they trust its authority, and give up a step after 10 seconds. */
final class Clients {
    private Clients() {}

    static Httpipe create() {
        return builder().build();
    }

    static Httpipe.Builder builder() {
        return Httpipe.builder().tls(trusting()).timeouts(Timeouts.of(Duration.ofSeconds(10)));
    }

    /** Trusts nginx's authority and no other. */
    static Tls trusting() {
        return Trusting.TLS;
    }

    /** Waits until the pools of a client are empty. */
    static void awaitNoConnection(Httpipe hp) throws InterruptedException {
        while (!hp.stats().isEmpty()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Thread.yield();
        }
    }

    /** The same as a value of its own, without sessions that could be taken up. */
    static Tls trustingAnew() {
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
        static final Tls TLS = trustingAnew();
    }
}

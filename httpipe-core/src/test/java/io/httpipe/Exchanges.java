package io.httpipe;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Opens exchanges over each transport. */
final class Exchanges {
    /** Trusts the authority of {@link TestCertificates}. */
    static final Tls TRUSTING = trusting();

    private Exchanges() {}

    private static Tls trusting() {
        try {
            return Tls.DEFAULT.trust(TestCertificates.get().authority());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ConnectOptions options(Transports transport) {
        return transport == Transports.TLS ? ConnectOptions.DEFAULT.tls(TRUSTING) : ConnectOptions.DEFAULT;
    }

    static Exchange connect(Transports transport, Httpipe hp, ScriptedServer server) throws HttpipeException {
        return hp.connect(Servers.endpoint(server), options(transport));
    }
}

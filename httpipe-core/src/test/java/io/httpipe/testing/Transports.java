package io.httpipe.testing;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Tls;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The transports under HTTP. Each fault is tested over each of them. */
public enum Transports {
    TCP,
    TLS,
    UNIX;

    /** {@return a server over this transport} */
    public ScriptedServer server(Script... scripts) throws IOException {
        return switch (this) {
            case TCP -> ScriptedServer.of(scripts);
            case TLS -> ScriptedServer.tls(TestCertificates.get().server(), scripts);
            case UNIX -> {
                Path directory = Files.createTempDirectory("httpipe");
                Path socket = directory.resolve("socket");
                directory.toFile().deleteOnExit();
                socket.toFile().deleteOnExit();
                yield ScriptedServer.unix(socket, scripts);
            }
        };
    }

    /** {@return a server over this transport with small receive buffers} */
    public ScriptedServer narrowServer(Script... scripts) throws IOException {
        return switch (this) {
            case TCP -> Servers.narrow(null, scripts);
            case TLS -> Servers.narrow(TestCertificates.get().server(), scripts);
            case UNIX -> server(scripts);
        };
    }

    /** {@return a builder for a client that trusts the server} */
    public Httpipe.Builder client() throws IOException {
        return this == TLS
                ? Httpipe.builder().tls(Tls.DEFAULT.trust(TestCertificates.get().authority()))
                : Httpipe.builder();
    }

    /** {@return a request to the server} */
    public static Request request(String method, ScriptedServer server) {
        return Request.of(method, server.uri("/")).at(Servers.endpoint(server));
    }
}

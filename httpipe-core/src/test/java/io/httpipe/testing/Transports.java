package io.httpipe.testing;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is below HTTP: each fault is tried over each of them. */
public enum Transports {
    TCP,
    TLS,
    UNIX;

    /** A server on such a transport. */
    public ScriptedServer server(ScriptedServer.Script... scripts) throws IOException {
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

    /** A server on such a transport whose sockets hold little of what it does not read. */
    public ScriptedServer narrowServer(ScriptedServer.Script... scripts) throws IOException {
        return switch (this) {
            case TCP -> ScriptedServer.narrow(null, scripts);
            case TLS -> ScriptedServer.narrow(TestCertificates.get().server(), scripts);
            case UNIX -> server(scripts);
        };
    }

    /** Options of a client that trusts such a server. */
    public Httpipe.Builder client() throws IOException {
        return this == TLS
                ? Httpipe.builder().tls(Tls.DEFAULT.trust(TestCertificates.get().authority()))
                : Httpipe.builder();
    }

    /** A request to such a server. */
    public static Request request(String method, ScriptedServer server) {
        return Request.of(method, server.uri("/")).at(server.endpoint());
    }
}

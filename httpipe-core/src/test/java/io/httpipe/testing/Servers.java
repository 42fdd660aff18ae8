package io.httpipe.testing;

import io.httpipe.Endpoint;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.ScriptedServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Scripted servers with unusual sockets, and their addresses as endpoints. */
public final class Servers {
    private Servers() {}

    /** {@return the address of the server} */
    public static Endpoint endpoint(ScriptedServer server) {
        return switch (server.address()) {
            case InetSocketAddress tcp -> Endpoint.of("127.0.0.1", tcp.getPort());
            case UnixDomainSocketAddress unix -> Endpoint.unix(unix.getPath());
            default -> throw new AssertionError(server.address());
        };
    }

    /** {@return a server on this listener} */
    public static ScriptedServer on(ServerSocket listener, Script... scripts) throws IOException {
        return ScriptedServer.builder().listener(listener).scripts(scripts).start();
    }

    /** {@return a TLS server on this listener} */
    public static ScriptedServer tlsOn(ServerSocket listener, SSLContext context, Script... scripts)
            throws IOException {
        return ScriptedServer.builder()
                .listener(listener)
                .tls(context)
                .scripts(scripts)
                .start();
    }

    /** {@return a TLS server that configures its sockets before the handshake} */
    public static ScriptedServer tlsWith(SSLContext context, Consumer<SSLSocket> setup, Script... scripts)
            throws IOException {
        return ScriptedServer.builder().tls(context, setup).scripts(scripts).start();
    }

    /**
     * Starts a server with small receive buffers.
     *
     * @param context null for plain text
     */
    public static ScriptedServer narrow(@Nullable SSLContext context, Script... scripts) throws IOException {
        ScriptedServerBuilder builder =
                ScriptedServer.builder().receiveBuffer(4096).scripts(scripts);
        return (context == null ? builder : builder.tls(context)).start();
    }
}

package io.httpipe.testing;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy that answers each CONNECT with the given bytes. After a 2xx it passes on bytes to and from one origin,
 * whatever the target is.
 */
public final class TunnelProxy implements AutoCloseable {
    /** Opens the tunnel. */
    public static final String OPEN = "HTTP/1.1 200 Connection established\r\n\r\n";

    private final ScriptedServer server;

    /** A proxy that opens each tunnel. */
    public TunnelProxy(ScriptedServer origin) throws IOException {
        this(origin, head -> OPEN);
    }

    /** A proxy that computes its answer from the head. After an answer with {@code Connection: close}, it closes. */
    public TunnelProxy(ScriptedServer origin, Function<String, String> answer) throws IOException {
        this(null, origin, answer);
    }

    /** A proxy that is reached over TLS, if the context is not null. */
    public TunnelProxy(@Nullable SSLContext context, ScriptedServer origin, Function<String, String> answer)
            throws IOException {
        Script script = peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                String response = answer.apply(head);
                peer.send(response);
                if (response.startsWith("HTTP/1.1 2")) {
                    relay(origin, peer);
                    return;
                }
                if (response.contains("Connection: close") || response.startsWith("HTTP/1.0")) {
                    return;
                }
            }
        };
        server = context == null ? ScriptedServer.of(script) : ScriptedServer.tls(context, script);
    }

    private static void relay(ScriptedServer origin, Peer peer) throws Exception {
        try {
            TcpRelay.run(origin, peer, (bytes, client) -> {
                client.send(bytes);
                return true;
            });
        } catch (IOException e) {
            // One side has closed.
        }
    }

    public ScriptedServer server() {
        return server;
    }

    public int port() {
        return server.port();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

package io.httpipe.testing;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** Relays bytes between a client and a server, and can drop or cut the bytes of the server. */
public final class TcpRelay {
    /** Receives the bytes of the server piece by piece, and decides which of them the client gets. */
    @FunctionalInterface
    public interface ByteFilter {
        /** {@return whether to continue} */
        boolean pass(byte[] bytes, Peer client) throws Exception;
    }

    private TcpRelay() {}

    /** {@return a script that relays this many bytes of the server and then applies the fault} */
    public static Script failing(ScriptedServer server, long count, ConnectionFault fault) {
        return client -> {
            AtomicLong left = new AtomicLong(count);
            run(server, client, (bytes, destination) -> {
                int passed = (int) Math.min(bytes.length, left.get());
                destination.send(Arrays.copyOf(bytes, passed));
                return left.addAndGet(-passed) > 0;
            });
            fault.strike(client);
        };
    }

    /** Relays one connection of the client over a new connection to the server. */
    public static void run(ScriptedServer server, Peer client, ByteFilter filter) throws Exception {
        try (Socket upstream = new Socket("127.0.0.1", server.port())) {
            Thread.ofVirtual().start(() -> {
                try {
                    client.socket().getInputStream().transferTo(upstream.getOutputStream());
                    upstream.shutdownOutput();
                } catch (IOException e) {
                    // The other direction reports the end of the connection.
                }
            });
            InputStream in = upstream.getInputStream();
            byte[] piece = new byte[8192];
            boolean more = true;
            for (int read = in.read(piece); read >= 0 && more; read = more ? in.read(piece) : -1) {
                more = filter.pass(Arrays.copyOf(piece, read), client);
            }
        }
    }
}

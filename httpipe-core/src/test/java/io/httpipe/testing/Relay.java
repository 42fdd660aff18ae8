package io.httpipe.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** Stands between a client and a server, and does what it likes with the bytes that the server sends. */
public final class Relay {
    /** Sees what the server sends, piece by piece in order, and passes it on or not. */
    @FunctionalInterface
    public interface Passage {
        /** {@return whether to go on} */
        boolean pass(byte[] octets, ScriptedServer.Peer client) throws Exception;
    }

    private Relay() {}

    /** A relay that lets so many bytes of the server's through before a fault strikes. */
    public static ScriptedServer.Script failing(ScriptedServer server, long count, Fault fault) {
        return client -> {
            AtomicLong left = new AtomicLong(count);
            run(server, client, (octets, to) -> {
                int passed = (int) Math.min(octets.length, left.get());
                to.send(Arrays.copyOf(octets, passed));
                return left.addAndGet(-passed) > 0;
            });
            fault.strike(client);
        };
    }

    /** A relay to a server, on each of whose connections there is one to the server. */
    public static void run(ScriptedServer server, ScriptedServer.Peer client, Passage passage) throws Exception {
        try (Socket upstream = new Socket("127.0.0.1", server.port())) {
            Thread.ofVirtual().start(() -> {
                try {
                    client.socket().getInputStream().transferTo(upstream.getOutputStream());
                    upstream.shutdownOutput();
                } catch (IOException e) {
                    // The other direction tells.
                }
            });
            InputStream in = upstream.getInputStream();
            byte[] piece = new byte[8192];
            boolean more = true;
            for (int read = in.read(piece); read >= 0 && more; read = more ? in.read(piece) : -1) {
                more = passage.pass(Arrays.copyOf(piece, read), client);
            }
        }
    }
}

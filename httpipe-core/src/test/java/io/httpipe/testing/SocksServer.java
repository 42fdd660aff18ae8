package io.httpipe.testing;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A SOCKS5 proxy that connects every client to one origin. It keeps the bytes of each handshake. */
public final class SocksServer implements AutoCloseable {
    private static final byte[] OPEN = {5, 0, 0, 1, 127, 0, 0, 1, 0, 80};

    private final ScriptedServer server;
    private final List<String> handshakes = new CopyOnWriteArrayList<>();

    /**
     * Starts a proxy.
     *
     * @param login user and password with a colon between them; null if the proxy requires no login
     * @param reply the answer to the request
     */
    public SocksServer(ScriptedServer origin, @Nullable String login, byte... reply) throws IOException {
        server = ScriptedServer.of(peer -> {
            try {
                if (handshake(peer, login, reply)) {
                    TcpRelay.run(origin, peer, (bytes, client) -> {
                        client.send(bytes);
                        return true;
                    });
                }
            } catch (IOException e) {
                // One side has closed. After a refusal, the client does so within the handshake.
            }
        });
    }

    private boolean handshake(Peer peer, @Nullable String login, byte... reply) throws IOException {
        StringBuilder log = new StringBuilder();
        int methods = take(peer, log, 2)[1];
        take(peer, log, methods);
        peer.send(new byte[] {5, (byte) (login == null ? 0 : methods < 2 ? 0xff : 2)});
        if (login != null && methods >= 2) {
            String name = text(take(peer, log, take(peer, log, 2)[1] & 0xff));
            String password = text(take(peer, log, take(peer, log, 1)[0] & 0xff));
            boolean right = login.equals(name + ":" + password);
            peer.send(new byte[] {1, (byte) (right ? 0 : 1)});
        }
        byte[] request = take(peer, log, 4);
        int length = switch (request[3]) {
            case 1 -> 4;
            case 4 -> 16;
            default -> take(peer, log, 1)[0] & 0xff;
        };
        take(peer, log, length + 2);
        handshakes.add(log.toString().strip());
        byte[] answer = reply.length == 0 ? OPEN : reply;
        peer.send(answer);
        return answer[1] == 0;
    }

    /** Reads exactly this many bytes, and adds them to a log. */
    private static byte[] take(Peer peer, StringBuilder log, int count) throws IOException {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            int next = peer.read();
            if (next < 0) {
                throw new EOFException("the client has closed");
            }
            bytes[i] = (byte) next;
        }
        log.append(HexFormat.of().formatHex(bytes)).append(' ');
        return bytes;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The bytes of each handshake, in hexadecimal. */
    public List<String> handshakes() {
        return handshakes;
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

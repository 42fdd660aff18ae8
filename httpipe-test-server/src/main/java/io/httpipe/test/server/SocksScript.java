package io.httpipe.test.server;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Serves one connection of a SOCKS5 proxy. Thread-safe. */
final class SocksScript implements Script {
    private static final int NO_AUTHENTICATION = 0;
    private static final int PASSWORD = 2;
    private static final int NONE_ACCEPTABLE = 0xff;

    private final Upstream upstream;
    private final @Nullable String user;
    private final String password;
    private final int reply;

    SocksScript(Upstream upstream, @Nullable String user, String password, int reply) {
        this.upstream = upstream;
        this.user = user;
        this.password = password;
        this.reply = reply;
    }

    @Override
    public void run(Peer peer) throws Exception {
        try {
            if (logIn(peer)) {
                open(peer);
            }
        } catch (IOException e) {
            // After a refusal, the client closes the connection within the handshake.
        }
    }

    private boolean logIn(Peer peer) throws IOException {
        byte[] greeting = take(peer, 2);
        expect(greeting[0] == 5, "a greeting of SOCKS5", greeting);
        byte[] methods = take(peer, greeting[1] & 0xff);
        int wanted = user == null ? NO_AUTHENTICATION : PASSWORD;
        boolean offered = Text.latin(methods).indexOf((char) wanted) >= 0;
        peer.send(new byte[] {5, (byte) (offered ? wanted : NONE_ACCEPTABLE)});
        if (!offered || user == null) {
            return offered;
        }
        byte[] start = take(peer, 2);
        expect(start[0] == 1, "a login of version 1", start);
        String name = utf8(take(peer, start[1] & 0xff));
        String secret = utf8(take(peer, take(peer, 1)[0] & 0xff));
        boolean right = name.equals(user) && secret.equals(password);
        peer.send(new byte[] {1, (byte) (right ? 0 : 1)});
        return right;
    }

    private void open(Peer peer) throws Exception {
        byte[] request = take(peer, 4);
        expect(request[0] == 5 && request[2] == 0, "a request of SOCKS5", request);
        String host = switch (request[3]) {
            case 1 -> InetAddress.getByAddress(take(peer, 4)).getHostAddress();
            case 3 -> utf8(take(peer, take(peer, 1)[0] & 0xff));
            case 4 -> InetAddress.getByAddress(take(peer, 16)).getHostAddress();
            default -> throw new AssertionError("not a SOCKS5 address type: " + request[3]);
        };
        byte[] port = take(peer, 2);
        if (reply != 0 || request[1] != 1) {
            answer(peer, reply != 0 ? reply : 7);
            return;
        }
        SocketChannel server;
        try {
            server = upstream.connect(host, (port[0] & 0xff) << 8 | port[1] & 0xff);
        } catch (IOException e) {
            answer(peer, e instanceof ConnectException ? 5 : e instanceof UnknownHostException ? 4 : 1);
            return;
        }
        try (server) {
            answer(peer, 0);
            Upstream.tunnel(peer, server);
        }
    }

    private static void answer(Peer peer, int code) throws IOException {
        peer.send(new byte[] {5, (byte) code, 0, 1, 127, 0, 0, 1, 0, 80});
    }

    private static byte[] take(Peer peer, int count) throws IOException {
        byte[] bytes = peer.in().readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the client has closed");
        }
        return bytes;
    }

    private static void expect(boolean right, String what, byte[] bytes) {
        if (!right) {
            throw new AssertionError("not " + what + ": \"" + Text.quote(Text.latin(bytes)) + "\"");
        }
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

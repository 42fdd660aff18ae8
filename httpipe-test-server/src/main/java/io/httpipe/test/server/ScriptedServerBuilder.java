package io.httpipe.test.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a new {@link ScriptedServer}. For one thread, and for one server.
 *
 * {@snippet :
 * ScriptedServer server = ScriptedServer.builder()
 *         .port(8080)
 *         .tls(authority.serverContext())
 *         .start();
 * }
 */
public final class ScriptedServerBuilder {
    final List<Script> scripts = new ArrayList<>();
    private int port;
    private @Nullable InetAddress address;
    private @Nullable Path path;

    @Nullable
    SSLContext tls;

    private Consumer<SSLSocket> tlsSetup = socket -> {};
    private @Nullable ServerSocket listener;
    private int receiveBuffer;
    int maxHead = 256 << 10;
    int maxBody = 64 << 20;
    private @Nullable ScriptedServer started;

    ScriptedServerBuilder() {}

    /**
     * Sets the port.
     *
     * @param number from 0 to 65535. By default 0, a free port.
     * @return this builder
     */
    public ScriptedServerBuilder port(int number) {
        if (number < 0 || number > 65_535) {
            throw new IllegalArgumentException("a port is from 0 to 65535, not " + number);
        }
        port = number;
        return this;
    }

    /**
     * Sets the local address.
     *
     * @param local by default 127.0.0.1
     * @return this builder
     */
    public ScriptedServerBuilder address(InetAddress local) {
        address = local;
        return this;
    }

    /**
     * Listens on a Unix socket instead of a port.
     *
     * @param socket the path, which must not exist yet. Closing the server deletes it.
     * @return this builder
     */
    public ScriptedServerBuilder unix(Path socket) {
        path = socket;
        return this;
    }

    /**
     * Accepts the connections of a socket that is listening already. Closing the server closes the socket.
     *
     * @param socket the socket
     * @return this builder
     */
    public ScriptedServerBuilder listener(ServerSocket socket) {
        listener = socket;
        return this;
    }

    /**
     * Uses TLS. The handshake runs when the server first reads or writes.
     *
     * @param context the certificate of the server; see {@link TestAuthority}
     * @return this builder
     */
    public ScriptedServerBuilder tls(SSLContext context) {
        tls = context;
        return this;
    }

    /**
     * Uses TLS, and changes each socket before its handshake.
     *
     * @param context the certificate of the server
     * @param setup for example {@code socket -> socket.setNeedClientAuth(true)}
     * @return this builder
     */
    public ScriptedServerBuilder tls(SSLContext context, Consumer<SSLSocket> setup) {
        tls = context;
        tlsSetup = setup;
        return this;
    }

    /**
     * Runs a script on each connection instead of answering requests. {@link Peer#serve} answers requests within a
     * script.
     *
     * @param inTurn the script of each connection in turn. The last one serves all later connections.
     * @return this builder
     */
    public ScriptedServerBuilder scripts(Script... inTurn) {
        scripts.addAll(List.of(inTurn));
        return this;
    }

    /**
     * Sets the size of the receive buffers of TCP.
     *
     * @param bytes the size; by default, the system chooses it
     * @return this builder
     */
    public ScriptedServerBuilder receiveBuffer(int bytes) {
        receiveBuffer = atLeastOne("a receive buffer", bytes);
        return this;
    }

    /**
     * Limits the heads and trailers of requests. A request that exceeds the limit gets a 431 and makes
     * {@link ScriptedServer#close} fail. In a script, {@link Peer#head} and {@link Peer#request} throw an
     * {@link IOException} instead.
     *
     * @param bytes the limit, by default 262,144
     * @return this builder
     */
    public ScriptedServerBuilder maxHead(int bytes) {
        maxHead = atLeastOne("a head", bytes);
        return this;
    }

    /**
     * Limits the bodies of recorded requests, because they are kept in memory. A larger body gets a 413 and makes
     * {@link ScriptedServer#close} fail. In a script, {@link Peer#request} throws an {@link IOException} instead.
     * {@link Peer#bodyOf} reads bodies of any size.
     *
     * @param bytes the limit, by default 67,108,864
     * @return this builder
     */
    public ScriptedServerBuilder maxBody(int bytes) {
        maxBody = atLeastOne("a body", bytes);
        return this;
    }

    private static int atLeastOne(String what, int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(what + " has at least 1 byte, not " + bytes);
        }
        return bytes;
    }

    /**
     * Starts the server.
     *
     * @return the server
     * @throws java.net.BindException if the port is in use
     * @throws IOException if the server cannot listen
     * @throws IllegalStateException if this builder has already started a server, or its settings contradict each
     *     other
     */
    public ScriptedServer start() throws IOException {
        if (started != null) {
            throw new IllegalStateException("this builder has already started a server: " + started);
        }
        ScriptedServer server = new ScriptedServer(open(), this);
        started = server;
        server.listen();
        return server;
    }

    private Listener open() throws IOException {
        if (listener != null) {
            if (path != null || port != 0 || address != null || receiveBuffer != 0) {
                throw new IllegalStateException("the listener " + listener + " has its own address and buffers");
            }
            return new Listener.Tcp(listener, tls, tlsSetup);
        }
        if (path == null) {
            InetAddress local = address == null ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1}) : address;
            return new Listener.Tcp(Listener.open(local, port, receiveBuffer), tls, tlsSetup);
        }
        if (tls != null || port != 0 || address != null) {
            throw new IllegalStateException("a server on the Unix socket " + path + " has no TLS, port or address");
        }
        return Listener.Unix.open(path);
    }
}

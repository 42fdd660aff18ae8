package io.httpipe.test.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Connects a proxy to the servers behind it. Thread-safe. */
final class Upstream {
    private final @Nullable SocketAddress destination;
    private final Consumer<String> targets;

    /**
     * @param destination the address of all connections; null for the address that the client asks for
     * @param targets receives the host and port that the client asks for, for each connection
     */
    Upstream(@Nullable SocketAddress destination, Consumer<String> targets) {
        this.destination = destination;
        this.targets = targets;
    }

    SocketChannel connect(String host, int port) throws IOException {
        SocketAddress address = destination;
        if (address == null) {
            InetSocketAddress asked = new InetSocketAddress(host, port);
            if (asked.isUnresolved()) {
                throw new UnknownHostException(host);
            }
            address = asked;
        }
        SocketChannel channel = SocketChannel.open(address);
        targets.accept((host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port);
        return channel;
    }

    /** Passes on bytes in both directions until both directions have ended or one side closes early. */
    static void tunnel(Peer client, SocketChannel server) throws InterruptedException {
        Thread upload = Thread.ofVirtual().start(() -> {
            try {
                copy(client.in(), Channels.newOutputStream(server));
                server.shutdownOutput();
            } catch (IOException e) {
                close(server);
            }
        });
        try {
            copy(Channels.newInputStream(server), client.out());
            client.end();
        } catch (IOException e) {
            client.cut();
        }
        upload.join();
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] piece = new byte[8 << 10];
        for (int read = from.read(piece); read >= 0; read = from.read(piece)) {
            to.write(piece, 0, read);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The channel is closed even if close() throws.
        }
    }
}

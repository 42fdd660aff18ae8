package io.httpipe.testing;

import io.httpipe.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A Unix socket with a full accept queue: each connect must wait. */
public final class FullUnixListener implements AutoCloseable {
    private final Path path;
    private final ServerSocketChannel listener;
    private final List<SocketChannel> queue = new ArrayList<>();

    public FullUnixListener() throws IOException {
        path = Files.createTempDirectory("httpipe").resolve("socket");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path), 1);
        boolean full = false;
        while (!full) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            queue.add(channel);
            channel.configureBlocking(false);
            try {
                channel.connect(listener.getLocalAddress());
            } catch (SocketException e) {
                full = true;
            }
        }
    }

    /** {@return a listener for all tests of a class} */
    public static FullUnixListener make() {
        try {
            FullUnixListener full = new FullUnixListener();
            full.path.getParent().toFile().deleteOnExit();
            full.path.toFile().deleteOnExit();
            return full;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Endpoint endpoint() {
        return Endpoint.unix(path);
    }

    /** Empties the accept queue. {@return the first connection that was waiting for a place in the queue} */
    public SocketChannel acceptTheFirstThatWaits() throws IOException {
        for (int i = 1; i < queue.size(); i++) {
            listener.accept().close();
        }
        return listener.accept();
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : queue) {
            channel.close();
        }
        listener.close();
        Files.deleteIfExists(path);
        Files.delete(path.getParent());
    }
}

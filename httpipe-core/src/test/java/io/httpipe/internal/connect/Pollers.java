package io.httpipe.internal.connect;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/** What tests need of the {@link Poller}. */
public final class Pollers {
    private Pollers() {}

    /** Has the JVM's poller be there, with the descriptors that it keeps. */
    public static void open() throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            Objects.requireNonNull(Poller.register(channel)).leave();
        }
    }
}

package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/** What tests need of the JVM's shared threads: the {@link Poller}'s, and the {@link Watchdog}'s. */
public final class Pollers {
    private Pollers() {}

    /** Has them be there until this is closed, with the descriptors that they keep and one more. */
    public static Closeable held() throws IOException {
        Watch watch = new Watch(() -> {});
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        Objects.requireNonNull(Poller.register(channel));
        return () -> {
            channel.close();
            watch.cancel();
        };
    }
}

package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/** Gives tests control over the shared threads of {@link SharedPoller} and {@link TimerThread}. */
public final class SharedPollers {
    private SharedPollers() {}

    /** Keeps the shared threads and their descriptors alive until this is closed. Needs one more descriptor. */
    public static Closeable held() throws IOException {
        OperationTimer timer = new OperationTimer(() -> {});
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        Objects.requireNonNull(SharedPoller.register(channel));
        return () -> {
            channel.close();
            timer.cancel();
        };
    }
}

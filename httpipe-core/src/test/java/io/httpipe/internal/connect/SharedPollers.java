package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/** What tests need of the JVM's shared threads: the {@link SharedPoller}'s, and the {@link TimerThread}'s. */
public final class SharedPollers {
    private SharedPollers() {}

    /** Has them be there until this is closed, with the descriptors that they keep and one more. */
    public static Closeable held() throws IOException {
        OperationTimer watch = new OperationTimer(() -> {});
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        Objects.requireNonNull(SharedPoller.register(channel));
        return () -> {
            channel.close();
            watch.cancel();
        };
    }
}

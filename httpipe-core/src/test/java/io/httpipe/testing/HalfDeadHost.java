package io.httpipe.testing;

import java.io.IOException;

/** A host with two silent addresses, 127.0.0.1 and 127.0.0.2. The first one can begin to refuse connections. */
public final class HalfDeadHost implements AutoCloseable {
    private final FullListener one = new FullListener("127.0.0.1", 0);
    private final FullListener two = new FullListener("127.0.0.2", one.port());

    public HalfDeadHost() throws IOException {}

    public int port() {
        return two.port();
    }

    /**
     * Closes the first address once a thread waits within a method. The thread's connect is refused when the kernel
     * repeats its packet, after about a second.
     */
    public void refuseLater(Thread connecting, String where) {
        Thread.ofPlatform().daemon().start(() -> {
            Threads.awaitWaiting(connecting, where);
            one.close();
        });
    }

    @Override
    public void close() {
        one.close();
        two.close();
    }
}

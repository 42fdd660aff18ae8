package io.httpipe.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A host with two silent addresses, 127.0.0.1 and 127.0.0.2. The first one can begin to refuse connections. */
public final class HalfDeadHost implements AutoCloseable {
    private final FullListener one = new FullListener("127.0.0.1", 0);
    private final FullListener two = new FullListener("127.0.0.2", one.port());

    private volatile boolean closed;

    public HalfDeadHost() throws IOException {}

    public int port() {
        return two.port();
    }

    /**
     * Closes the first address once a client connects to the second one. The connect to the first one is refused when
     * the kernel repeats its packet, after about a second.
     */
    public void refuseLater() {
        Thread.ofPlatform().daemon().start(() -> {
            while (!closed && !isConnectingToTwo()) {
                LockSupport.parkNanos(1_000_000);
            }
            one.close();
        });
    }

    /** Whether Linux lists a socket in the state SYN_SENT that has the second address as its remote one. */
    private boolean isConnectingToTwo() {
        // The remote address 127.0.0.2. An IPv4-mapped IPv6 address ends with the same digits.
        String connecting = "0200007F:%04X 02 ".formatted(port());
        try {
            return Files.readString(Path.of("/proc/net/tcp")).contains(connecting)
                    || Files.readString(Path.of("/proc/net/tcp6")).contains(connecting);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        one.close();
        two.close();
    }
}

package io.httpipe.test.server;

import io.httpipe.test.server.InjectedFault.Direction;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One connection of a {@link FaultRelay}. Each direction has a thread that passes on the bytes. */
final class RelayedConnection {
    private static final int BUFFER = 16 * 1024;
    private static final int SLOW_BYTES = 64;

    private final long number;
    private final SocketChannel client;
    private final SocketAddress target;
    private final Faults faults;
    private final FaultLog log;

    /** Reaches zero when the connection is closed. This ends every pause. */
    private final CountDownLatch closed = new CountDownLatch(1);

    private final AtomicInteger finished = new AtomicInteger();
    private volatile @Nullable SocketChannel server;
    private volatile boolean stalled;

    RelayedConnection(long number, SocketChannel client, SocketAddress target, Faults faults, FaultLog log) {
        this.number = number;
        this.client = client;
        this.target = target;
        this.faults = faults;
        this.log = log;
    }

    /** Passes on bytes until both sides have ended or a fault ends the connection. */
    void run() {
        try {
            InjectedFault first = faults.onConnection(number, Direction.REQUEST, 0, 1);
            if (first != null && first.kind() == FaultKind.REFUSE) {
                log.add(first);
                reset();
                return;
            }
            SocketChannel connected = target instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
            server = connected;
            if (closed.getCount() == 0) {
                return;
            }
            connected.connect(target);
            noDelay(client);
            noDelay(connected);
            Thread back = Thread.ofVirtual()
                    .name("fault-relay")
                    .start(() -> new Flow(Direction.RESPONSE, connected, client).run());
            new Flow(Direction.REQUEST, client, connected).run();
            join(back);
        } catch (IOException e) {
            // The server cannot be reached.
            reset();
        } finally {
            close();
        }
    }

    private static void noDelay(SocketChannel channel) throws IOException {
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError("nothing interrupts this thread", e);
        }
    }

    /** Closes both sides. The client gets a reset. */
    private void reset() {
        try {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // The client has closed.
        }
        close();
    }

    /** Closes both sides. */
    void close() {
        closed.countDown();
        close(client);
        SocketChannel connected = server;
        if (connected != null) {
            close(connected);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The channel is closed even if close() throws.
        }
    }

    /** Passes on the bytes of one direction. For one thread. */
    private final class Flow {
        private final Direction direction;
        private final SocketChannel from;
        private final SocketChannel to;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        private long passed;
        private int slowBytes;
        private long slowNanos;

        Flow(Direction direction, SocketChannel from, SocketChannel to) {
            this.direction = direction;
            this.from = from;
            this.to = to;
        }

        void run() {
            try {
                while (from.read(buffer) >= 0) {
                    buffer.flip();
                    if (!passOn()) {
                        return;
                    }
                    buffer.clear();
                }
                end();
            } catch (IOException e) {
                if (closed.getCount() > 0) {
                    reset();
                }
            }
        }

        /** Called at the end of the stream of the source. */
        private void end() throws IOException {
            // If the response has stalled, the client gets nothing more. When the client then ends its stream, no bytes
            // are left to pass on in either direction, so the connection is closed.
            if (finished.incrementAndGet() == 2 || stalled && direction == Direction.REQUEST) {
                close();
            } else {
                to.shutdownOutput();
            }
        }

        /** Passes on the content of the buffer. Returns whether more bytes may follow. */
        private boolean passOn() throws IOException {
            long end = passed + buffer.remaining();
            for (long from = passed; ; ) {
                InjectedFault fault = faults.onConnection(number, direction, from, end);
                if (fault == null) {
                    write(end);
                    return true;
                }
                write(fault.atByte());
                log.add(fault);
                if (!inject(fault)) {
                    return false;
                }
                from = fault.atByte() + 1;
            }
        }

        /** Passes on bytes until this many have passed. */
        private void write(long end) throws IOException {
            while (passed < end) {
                int count = slowBytes > 0 ? 1 : (int) (end - passed);
                ByteBuffer piece = buffer.slice(buffer.position(), count);
                while (piece.hasRemaining()) {
                    to.write(piece);
                }
                buffer.position(buffer.position() + count);
                passed += count;
                if (slowBytes > 0) {
                    slowBytes--;
                    pause(slowNanos);
                }
            }
        }

        /** Injects a fault. Returns whether more bytes may pass in this direction. */
        private boolean inject(InjectedFault fault) throws IOException {
            switch (fault.kind()) {
                case DELAY -> pause(fault.pause().toNanos());
                case SLOW -> {
                    slowBytes = SLOW_BYTES;
                    slowNanos = fault.pause().dividedBy(SLOW_BYTES).toNanos();
                }
                case STALL -> {
                    stall();
                    return false;
                }
                case CUT -> {
                    // The client then reads the end of the stream, even if the relay has not read all bytes that the
                    // client has sent.
                    client.shutdownOutput();
                    close();
                    return false;
                }
                case RESET, REFUSE -> {
                    reset();
                    return false;
                }
            }
            return true;
        }

        /**
         * Drops all further bytes of this direction. The connection stays open until the client closes it. If the other
         * direction has ended already, the connection is closed at once.
         */
        private void stall() throws IOException {
            stalled = true;
            if (finished.get() > 0) {
                close();
                return;
            }
            do {
                buffer.clear();
            } while (from.read(buffer) >= 0);
            if (direction == Direction.REQUEST || finished.get() > 0) {
                close();
            }
        }

        private void pause(long nanos) {
            try {
                closed.await(nanos, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError("nothing interrupts this thread", e);
            }
        }
    }

    @Override
    public String toString() {
        return "connection " + number;
    }
}

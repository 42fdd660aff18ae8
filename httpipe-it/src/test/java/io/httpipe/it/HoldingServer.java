package io.httpipe.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * A server that holds requests without a response, and counts them. A test can wait until a thousand requests are held,
 * and until all their sockets are closed. If the path is a status, such as {@code /500}, the server responds with this
 * status at once. It holds any other request as long as the socket is open.
 *
 * <p>One platform thread does all the work, so that no virtual thread of a test has to wait for it. The methods that
 * wait may be called from any thread. {@link #lock} guards the counts.
 */
final class HoldingServer implements AutoCloseable {
    /** As many connections as a test opens at once. The kernel may allow fewer; TCP then tries the others again. */
    private static final int BACKLOG = 4096;

    /** Below every timeout of the client, so that no such timeout can have closed a socket. */
    private static final long WAIT_LIMIT = TimeUnit.SECONDS.toNanos(25);

    private final Selector selector = Selector.open();
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean closed;

    private int open;
    private int held;
    private long lastClosedAt;

    /** The received part of a request, and whether a request is held. */
    private static final class Client {
        final StringBuilder head = new StringBuilder();
        boolean held;
    }

    HoldingServer() throws IOException {
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        Thread.ofPlatform().daemon().name("holding-server").start(this::run);
    }

    String uri(String path) {
        return "http://127.0.0.1:" + listener.socket().getLocalPort() + path;
    }

    /** Waits until exactly this many requests are held. */
    void awaitHeld(int expected) throws InterruptedException {
        await("requests held", expected, () -> held);
    }

    /** Waits until exactly this many sockets are open. */
    void awaitOpen(int expected) throws InterruptedException {
        await("sockets open", expected, () -> open);
    }

    private void await(String what, int expected, IntSupplier count) throws InterruptedException {
        lock.lock();
        try {
            long left = WAIT_LIMIT;
            while (count.getAsInt() != expected && left > 0) {
                left = changed.awaitNanos(left);
            }
            assertEquals(expected, count.getAsInt(), what);
        } finally {
            lock.unlock();
        }
    }

    /** The time at which the server noticed the last closed socket. */
    long lastClosedAt() {
        lock.lock();
        try {
            return lastClosedAt;
        } finally {
            lock.unlock();
        }
    }

    private void count(int moreOpen, int moreHeld) {
        lock.lock();
        try {
            open += moreOpen;
            held += moreHeld;
            if (moreOpen < 0) {
                lastClosedAt = System.nanoTime();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try (selector;
                listener) {
            while (!closed) {
                selector.select(this::serve);
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                SocketChannel accepted = listener.accept();
                if (accepted != null) {
                    accepted.configureBlocking(false);
                    accepted.register(selector, SelectionKey.OP_READ, new Client());
                    count(1, 0);
                }
                return;
            }
            Client client = (Client) key.attachment();
            if (!read((SocketChannel) key.channel(), client)) {
                key.channel().close();
                count(-1, client.held ? -1 : 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what has arrived. Returns false if the client has closed the socket. */
    private boolean read(SocketChannel channel, Client client) {
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        try {
            if (channel.read(buffer) < 0) {
                return false;
            }
            client.head.append(new String(buffer.array(), 0, buffer.position(), ISO_8859_1));
            if (client.head.indexOf("\r\n\r\n") < 0) {
                return true;
            }
            String path = client.head.substring("GET ".length(), client.head.indexOf(" HTTP/"));
            client.head.setLength(0);
            if (path.matches("/\\d{3}")) {
                String response = "HTTP/1.1 " + path.substring(1) + " \r\nContent-Length: 0\r\n\r\n";
                channel.write(ByteBuffer.wrap(response.getBytes(ISO_8859_1)));
            } else {
                client.held = true;
                count(0, 1);
            }
            return true;
        } catch (IOException e) {
            return false; // A reset counts as a close.
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }
}

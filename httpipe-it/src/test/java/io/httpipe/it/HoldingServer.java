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
 * A server that never answers, and knows how many clients still wait for it: a test can await that a thousand requests
 * are with it, and that the sockets of all of them are closed. A path that is a status, such as {@code /500}, is
 * answered with it at once; any other request is held for as long as its socket is open.
 *
 * <p>One platform thread does it all, so that no virtual thread of a test has to wait for it. The awaiting methods may
 * be called from any thread. {@link #lock} guards the counts.
 */
final class HoldingServer implements AutoCloseable {
    /** As many as a test opens at once; the kernel may allow less, and has the others try again. */
    private static final int BACKLOG = 4096;

    /** Far below every timeout of the client, so that none of them can be what has closed a socket. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(8);

    private final Selector selector = Selector.open();
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean closed;

    private int open;
    private int held;
    private long lastClosedAt;

    /** What has come of a request so far, and whether one is held. */
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
            long left = PATIENCE;
            while (count.getAsInt() != expected && left > 0) {
                left = changed.awaitNanos(left);
            }
            assertEquals(expected, count.getAsInt(), what);
        } finally {
            lock.unlock();
        }
    }

    /** When the last of the sockets that are closed was seen to be. */
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

    /** Takes what is there; false if the client has closed. */
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
                String answer = "HTTP/1.1 " + path.substring(1) + " \r\nContent-Length: 0\r\n\r\n";
                channel.write(ByteBuffer.wrap(answer.getBytes(ISO_8859_1)));
            } else {
                client.held = true;
                count(0, 1);
            }
            return true;
        } catch (IOException e) {
            return false; // A reset is a close too.
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }
}

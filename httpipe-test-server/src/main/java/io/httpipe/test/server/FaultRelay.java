package io.httpipe.test.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Passes bytes between clients and a real server, and injects faults into their connections.
 *
 * {@snippet :
 * try (FaultRelay relay = FaultRelay.to("127.0.0.1", nginx.port(), Faults.random(42).rate(0.05))) {
 *     MyCode code = new MyCode(relay.uri("/orders"));
 *     code.run(); // must survive, whatever the client is
 *     System.out.println(relay); // the seed and what happened
 * }
 * }
 *
 * <p>The relay listens on a free port of 127.0.0.1. It does not parse the bytes, so it works for HTTP and for TLS.
 * Connections are numbered in the order in which they are accepted. The faults of a connection depend only on the
 * {@link Faults}, the number of the connection, and the number of bytes in each direction. While bytes move in both
 * directions, a fault that ends the connection may occur before or after a fault of the other direction. If the server
 * cannot be reached, the client's connection is reset.
 *
 * <p>Thread-safe. {@link #close} ends all connections.
 */
public final class FaultRelay implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final SocketAddress target;
    private final Faults faults;
    private final int port;
    private final AtomicLong accepted = new AtomicLong();
    /** The open connections with their threads. */
    private final Map<RelayedConnection, Thread> open = new ConcurrentHashMap<>();

    private final FaultLog log = new FaultLog();
    private final Thread acceptor;
    private volatile boolean closed;

    private FaultRelay(SocketAddress target, Faults faults) throws IOException {
        this.target = target;
        this.faults = faults;
        this.listener = ServerSocketChannel.open();
        try {
            listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 1024);
            this.port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        this.acceptor = Thread.ofPlatform().daemon().name("fault-relay").start(this::accept);
    }

    /**
     * Starts a relay in front of a server on a TCP port.
     *
     * @param host   the name or address of the server
     * @param port   the port of the server
     * @param faults the faults to inject
     * @return a relay that listens
     * @throws IOException if the relay cannot listen, or if the host name is unknown
     */
    public static FaultRelay to(String host, int port, Faults faults) throws IOException {
        return to(new InetSocketAddress(InetAddress.getByName(host), port), faults);
    }

    /**
     * Starts a relay in front of a server.
     *
     * @param server a TCP address, or a {@link java.net.UnixDomainSocketAddress}
     * @param faults the faults to inject
     * @return a relay that listens
     * @throws IOException if the relay cannot listen
     */
    public static FaultRelay to(SocketAddress server, Faults faults) throws IOException {
        return new FaultRelay(server, faults);
    }

    /** {@return the port on 127.0.0.1 to connect to} */
    public int port() {
        return port;
    }

    /**
     * {@return a URI that leads to the server through this relay}
     *
     * @param path the path and query, which begin with a slash
     */
    public String uri(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    /** {@return how many connections the relay has accepted} */
    public long connections() {
        return accepted.get();
    }

    /** {@return how many connections are open} */
    public int openConnections() {
        return open.size();
    }

    /** {@return how many faults have been injected} */
    public long faults() {
        return log.count();
    }

    /** {@return the latest 1,000 faults that have been injected, sorted by connection, direction and byte} */
    public List<InjectedFault> injected() {
        return log.faults();
    }

    private void accept() {
        while (!closed) {
            try {
                serve(listener.accept());
            } catch (IOException e) {
                if (!listener.isOpen()) {
                    return;
                }
                // For example, too many files are open.
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    private void serve(SocketChannel client) {
        RelayedConnection connection = new RelayedConnection(accepted.getAndIncrement(), client, target, faults, log);
        Thread thread = Thread.ofVirtual().name("fault-relay").unstarted(() -> {
            try {
                connection.run();
            } finally {
                open.remove(connection);
            }
        });
        open.put(connection, thread);
        thread.start();
    }

    /** Stops listening and closes all connections. Afterwards no thread of the relay is left. */
    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        boolean interrupted = await(acceptor);
        List<Thread> threads = List.copyOf(open.values());
        open.keySet().forEach(RelayedConnection::close);
        for (Thread thread : threads) {
            interrupted |= await(thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the end of a thread, even after an interrupt. Returns whether the waiting thread was interrupted. */
    private static boolean await(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /** Returns a line with the settings, and a line for each of the latest 1,000 faults. */
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder("FaultRelay to " + target + ", " + faults + ", connections: " + accepted);
        injected().forEach(fault -> text.append("\n  ").append(fault));
        return text.toString();
    }
}

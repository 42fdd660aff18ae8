package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.CancelledException;
import io.httpipe.Httpipe;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/**
 * The common part of the tests of structured concurrency on each JDK: a server that holds requests, a client, subtasks,
 * and the check that a cancelled scope leaves no connection in use.
 */
abstract class ScopeFixture {
    final HoldingServer server;
    final Httpipe hp = Httpipe.create();

    private final SocketChannel refusing = SocketChannel.open();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();

    /** The time of the failure that made the scope fail. */
    private volatile long failedAt;

    ScopeFixture() throws IOException {
        server = new HoldingServer();
        // The socket is bound, so that no other process gets the port, but it does not listen.
        refusing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void closeAll() throws IOException {
        hp.close();
        refusing.close();
        server.close();
    }

    /** A subtask whose connection is refused. */
    Response getRefused() throws IOException {
        try {
            return hp.get("http://127.0.0.1:" + ((InetSocketAddress) refusing.getLocalAddress()).getPort() + "/");
        } finally {
            failedAt = System.nanoTime();
        }
    }

    /** A subtask that gets no response. */
    Response getHeld() throws IOException {
        return getHeldBy(hp);
    }

    /** A subtask of another client that gets no response. */
    Response getHeldBy(Httpipe client) throws IOException {
        started.incrementAndGet();
        try {
            return client.get(server.uri("/held"));
        } catch (CancelledException e) {
            if (Thread.currentThread().isInterrupted()) {
                cancelled.incrementAndGet();
            }
            throw e;
        }
    }

    /** A subtask that gets this status at once, and fails for 300 or more. */
    Response getStatus(int status) throws IOException {
        Response response = hp.get(server.uri("/" + status));
        if (response.status() >= 300) {
            failedAt = System.nanoTime();
            throw new BadStatusException(response.status());
        }
        return response;
    }

    /** A subtask that waits until this many requests are held, and then gets this status at once. */
    Response getStatusOnceHeld(int held, int status) throws IOException, InterruptedException {
        server.awaitHeld(held);
        return getStatus(status);
    }

    /** Checks that all subtasks without a response were cancelled, and that this many sockets remain, all idle. */
    void assertAllCancelled(int forked, int idle) throws InterruptedException {
        assertEquals(forked, started.get(), "subtasks started");
        assertStartedOnesCancelled(idle);
    }

    /** Like {@link #assertAllCancelled}, for the siblings of a failed subtask. Prints when their last socket closed. */
    void assertSiblingsCancelled(int siblings, int idle) throws InterruptedException {
        assertAllCancelled(siblings, idle);
        System.out.printf(
                "the sockets of %d siblings were closed %.0f ms after one subtask had failed%n",
                siblings, (server.lastClosedAt() - failedAt) / 1e6);
    }

    /** Like {@link #assertAllCancelled}, if the scope may have ended before all subtasks had started. */
    void assertStartedOnesCancelled(int idle) throws InterruptedException {
        assertEquals(started.get(), cancelled.get(), "subtasks that ended with CancelledException, flag set");
        server.awaitOpen(idle);
        assertNothingLeased(hp);
        assertEquals(idle, hp.stats().stream().mapToInt(RouteStats::open).sum(), "connections in the pool");
    }

    static void assertNothingLeased(Httpipe client) {
        for (RouteStats route : client.stats()) {
            assertEquals(0, route.leased(), route::toString);
            assertEquals(0, route.waiting(), route::toString);
            assertEquals(route.open(), route.idle(), route::toString);
        }
    }

    /** The failure of a subtask whose response has a status of 300 or more. */
    static final class BadStatusException extends IOException {
        private static final long serialVersionUID = 1;

        final int status;

        BadStatusException(int status) {
            super("status " + status);
            this.status = status;
        }
    }
}

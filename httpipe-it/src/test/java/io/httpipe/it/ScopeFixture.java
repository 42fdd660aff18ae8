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
 * What the tests of structured concurrency share whichever shape it has on their JDK: a server that holds requests, a
 * client, subtasks, and the assertion that nothing is left of those that a scope has cancelled.
 */
abstract class ScopeFixture {
    final HoldingServer server;
    final Httpipe hp = Httpipe.create();

    private final SocketChannel refusing = SocketChannel.open();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();

    /** When a subtask failed, whose failure is the scope's. */
    private volatile long failedAt;

    ScopeFixture() throws IOException {
        server = new HoldingServer();
        // Bound, so that nobody else gets the port, but not listening.
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

    /** A subtask that gets no answer. */
    Response getHeld() throws IOException {
        return getHeldBy(hp);
    }

    /** A subtask that gets no answer, of another client. */
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

    /** A subtask that gets this answer at once, and fails unless it is a good one. */
    Response getAnswer(int status) throws IOException {
        Response response = hp.get(server.uri("/" + status));
        if (response.status() >= 300) {
            failedAt = System.nanoTime();
            throw new BadAnswerException(response.status());
        }
        return response;
    }

    /** Once so many requests are held, one is made that is answered with this status at once. */
    Response getAnswerOnceHeld(int held, int status) throws IOException, InterruptedException {
        server.awaitHeld(held);
        return getAnswer(status);
    }

    /** All subtasks are over; those that got no answer ended by cancellation, and so many sockets remain, all idle. */
    void assertAllCancelled(int forked, int idle) throws InterruptedException {
        assertEquals(forked, started.get(), "subtasks started");
        assertStartedOnesCancelled(idle);
    }

    /** The same, of siblings of one that failed; tells how long after that the last of their sockets was closed. */
    void assertSiblingsCancelled(int siblings, int idle) throws InterruptedException {
        assertAllCancelled(siblings, idle);
        System.out.printf(
                "the sockets of %d siblings were closed %.0f ms after one subtask had failed%n",
                siblings, (server.lastClosedAt() - failedAt) / 1e6);
    }

    /** The same where the scope may have been over before all subtasks were forked. */
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

    /** What a subtask makes of an answer that is of no use to it. */
    static final class BadAnswerException extends IOException {
        private static final long serialVersionUID = 1;

        final int status;

        BadAnswerException(int status) {
            super("status " + status);
            this.status = status;
        }
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.function.Executable;

/**
 * A server for many requests at once. It never responds to {@code /slow}. It responds to all others once the announced
 * number of slow requests has arrived: {@code /503} gets that status, {@code /lost} a close, and any other path gets
 * itself as the body.
 */
final class FanOutServer implements AutoCloseable {
    /** The threads that have written bodies of {@link #recordingThread}. */
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    private final int slow;
    private final CountDownLatch arrived;
    private final AtomicInteger slowOpen = new AtomicInteger();
    private final ScriptedServer server;

    FanOutServer(int slow) throws IOException {
        this.slow = slow;
        this.arrived = new CountDownLatch(slow);
        this.server = Servers.on(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()), this::serve);
    }

    private void serve(Peer peer) throws InterruptedException {
        try {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                String path = path(head);
                if (path.equals("slow")) {
                    slowOpen.incrementAndGet();
                    arrived.countDown();
                    peer.awaitClose();
                    slowOpen.decrementAndGet();
                    return;
                }
                arrived.await();
                if (path.equals("lost")) {
                    return;
                }
                peer.send(response(path));
            }
        } catch (IOException e) {
            // A client that cancels resets the connection if it has unread bytes.
        }
    }

    static String path(String head) {
        return head.substring(head.indexOf('/') + 1, head.indexOf(" HTTP"));
    }

    static String response(String path) {
        int status = path.matches("[2-5]\\d\\d") ? Integer.parseInt(path) : 200;
        return "HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%s".formatted(status, path.length(), path);
    }

    /** {@return a client that adds the host of each request to the queue before it sends anything} */
    static Httpipe recordingHosts(Queue<String> hosts) {
        return Httpipe.builder()
                .maxIdlePerRoute(0)
                .resolver(host -> {
                    hosts.add(host);
                    return List.of(InetAddress.getLoopbackAddress());
                })
                .build();
    }

    /** {@return a request with this host, for a client that records hosts} */
    Request get(String host, String path) {
        return Request.get("http://%s:%d/%s".formatted(host, server.port(), path));
    }

    Request get(String path) {
        return Request.get(server.uri("/" + path));
    }

    /** {@return a POST that records its sending thread in {@link #threads}} */
    Request recordingThread(String path) {
        return Request.post(server.uri("/" + path))
                .body(Body.writing(0, out -> threads.add(Thread.currentThread()))
                        .repeatable());
    }

    /** {@return the slow requests followed by these} */
    List<Request> slowAnd(Request... others) {
        List<Request> requests = new ArrayList<>(Collections.nCopies(slow, recordingThread("slow")));
        Collections.addAll(requests, others);
        return requests;
    }

    /** {@return a body that waits for the slow requests and then runs the action} */
    Body bodyAfterSlow(Runnable action) {
        return Body.writing(0, out -> {
                    try {
                        awaitSlow();
                    } catch (InterruptedException e) {
                        throw new InterruptedIOException();
                    }
                    action.run();
                })
                .repeatable();
    }

    void awaitSlow() throws InterruptedException {
        assertTrue(arrived.await(20, TimeUnit.SECONDS), "the slow requests are there");
    }

    /** {@return the requested paths in order of arrival} */
    List<String> requestedPaths() {
        return server.heads().stream().map(FanOutServer::path).toList();
    }

    int connections() {
        return server.connections();
    }

    /** Asserts that no thread is left, no connection is in use and the slow connections are closed. */
    void assertNothingIsLeft(Httpipe hp) {
        assertEquals(0, threads.stream().filter(Thread::isAlive).count(), "threads left");
        // A connection that the pool checks counts as leased for a moment.
        spinUntil(() -> hp.stats().stream().allMatch(route -> route.leased() + route.waiting() == 0));
        spinUntil(() -> slowOpen.get() == 0);
    }

    private static void spinUntil(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "a connection is in use or open");
            Thread.onSpinWait();
        }
    }

    /** Interrupts a fan-out once the slow requests have arrived. {@return the exception of the fan-out} */
    CancelledException interrupted(Executable fanOut) throws Exception {
        FutureTask<CancelledException> task = new FutureTask<>(() -> {
            CancelledException e = assertThrows(CancelledException.class, fanOut);
            assertTrue(Thread.currentThread().isInterrupted(), "the flag is set");
            return e;
        });
        Thread caller = Thread.ofVirtual().start(task);
        awaitSlow();
        caller.interrupt();
        return task.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

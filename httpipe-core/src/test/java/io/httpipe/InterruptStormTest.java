package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.httpipe.internal.connect.SharedPollers;
import io.httpipe.testing.FixedSeed;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Makes 100,000 calls over 16 connections and interrupts their threads at random moments. Nothing may get lost. */
@Timeout(240)
class InterruptStormTest {
    private static final int WORKERS = 64;
    private static final int CALLS = 100_000;

    /** The average number of calls that begin between two interrupts. */
    private static final int CALLS_AN_INTERRUPT = 4;

    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world\n".getBytes(StandardCharsets.ISO_8859_1);

    /** Answers each request, sometimes in two pieces with a pause between them. */
    private static void serve(Socket socket, Random random) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            int matched = 0;
            for (int next = in.read(); next >= 0; next = in.read()) {
                matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
                if (matched == 4) {
                    matched = 0;
                    int cut = random.nextInt(10) == 0 ? random.nextInt(ANSWER.length) : ANSWER.length;
                    socket.getOutputStream().write(ANSWER, 0, cut);
                    if (cut < ANSWER.length) {
                        LockSupport.parkNanos(random.nextInt(500_000));
                        socket.getOutputStream().write(ANSWER, cut, ANSWER.length - cut);
                    }
                }
            }
        } catch (IOException e) {
            // The client has cancelled the call.
        }
    }

    private static long openDescriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    @Test
    @SuppressWarnings("try") // the shared threads are only held
    void interruptsLoseNoConnectionNoPoolSlotAndNoResponse() throws Exception {
        Set<Socket> serverSide = ConcurrentHashMap.newKeySet();
        FixedSeed seed = new FixedSeed(InterruptStormTest.class, 42);
        try (ServerSocket listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
                Closeable shared = SharedPollers.held()) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    for (int i = 0; true; i++) {
                        Socket socket = listener.accept();
                        Random random = seed.random(i);
                        serverSide.add(socket);
                        Thread.ofVirtual().start(() -> {
                            serve(socket, random);
                            serverSide.remove(socket);
                        });
                    }
                } catch (IOException e) {
                    // The test has ended.
                }
            });
            String uri = "http://127.0.0.1:" + listener.getLocalPort() + "/";
            long before;
            try (Httpipe warm = Httpipe.create()) {
                warm.get(uri);
                before = openDescriptors() - 2;
            }
            try (Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(16).build()) {
                storm(hp, uri, seed.random());

                RouteStats stats = hp.stats().getFirst();
                assertEquals(0, stats.leased());
                assertEquals(0, stats.waiting());
                assertEquals(stats.open(), stats.idle());
                assertTrue(stats.open() <= 16, stats::toString);
                long closed = stats.closed().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
                assertEquals(stats.opened() - closed, stats.open(), stats::toString);
                awaitDescriptors(before + 2L * stats.open());

                for (int i = 0; i < 1_000; i++) {
                    assertEquals("Hello, world\n", hp.get(uri).text());
                }
            }
            awaitDescriptors(before);
        }
    }

    private static void storm(Httpipe hp, String uri, Random random) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(CALLS);
        AtomicInteger cancelled = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            workers.add(Thread.ofVirtual().start(() -> {
                while (left.getAndDecrement() > 0) {
                    try {
                        assertEquals("Hello, world\n", hp.get(uri).text());
                        answered.incrementAndGet();
                    } catch (CancelledException e) {
                        if (!Thread.interrupted()) {
                            wrong.add(new AssertionError("the interrupt flag is gone", e));
                        }
                        cancelled.incrementAndGet();
                    } catch (Throwable e) {
                        wrong.add(e);
                    }
                }
            }));
        }
        // The random moments are numbers of completed calls, not times, so the choice is repeatable.
        for (int after = 0; after < CALLS; after += 1 + random.nextInt(2 * CALLS_AN_INTERRUPT - 1)) {
            while (CALLS - left.get() < after) {
                LockSupport.parkNanos(10_000);
            }
            workers.get(random.nextInt(WORKERS)).interrupt();
        }
        for (Thread worker : workers) {
            assertTrue(worker.join(Duration.ofSeconds(30)), "a call hangs");
        }
        if (!wrong.isEmpty()) {
            AssertionError error = new AssertionError(wrong.size() + " calls went wrong", wrong.peek());
            throw error;
        }
        assertEquals(CALLS, answered.get() + cancelled.get());
        assertTrue(cancelled.get() > CALLS / 1000, "only " + cancelled + " calls were cancelled");
    }

    /** Waits for the descriptors of the server, which notices a closed connection a moment later. */
    private static void awaitDescriptors(long expected) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (openDescriptors() > expected && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        // Fewer, if a cleaner has closed one of an earlier test.
        assertTrue(openDescriptors() <= expected, openDescriptors() + " descriptors instead of " + expected);
    }
}

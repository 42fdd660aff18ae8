package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.FixedSeed;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that closes connections at random after a response, and counts the requests that arrive. */
@Timeout(240)
class RandomCloseTest {
    private static final int CALLS = 100_000;
    private static final int CALLERS = 32;
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n".getBytes(StandardCharsets.ISO_8859_1);

    private final FixedSeed seed = new FixedSeed(RandomCloseTest.class, 17);
    private final AtomicIntegerArray arrived = new AtomicIntegerArray(CALLS);

    /** How many connections the server has closed, or is about to close. */
    private final AtomicInteger closes = new AtomicInteger();

    @Test
    void randomClosesLoseNoGetAndRepeatNoPost() throws Exception {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger lostPosts = new AtomicInteger();
        try (ServerSocket listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
                Httpipe hp = Httpipe.create();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Thread.ofPlatform().daemon().start(() -> accept(listener));
            String base = "http://127.0.0.1:" + listener.getLocalPort() + "/";
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                running.add(callers.submit(() -> {
                    for (int call = next.getAndIncrement(); call < CALLS; call = next.getAndIncrement()) {
                        if (call % 2 == 0) {
                            assertEquals("OK\n", hp.get(base + call).text());
                            assertTrue(arrived.get(call) >= 1);
                        } else {
                            post(hp, base, call, lostPosts);
                        }
                    }
                    return null;
                }));
            }
            for (Future<Void> caller : running) {
                caller.get();
            }
        }
        for (int call = 1; call < CALLS; call += 2) {
            assertTrue(arrived.get(call) <= 1, "POST " + call + " arrived " + arrived.get(call) + " times");
        }
        assertTrue(lostPosts.get() <= closes.get(), lostPosts + " POSTs were lost in " + closes + " closes");
    }

    /** A POST may fail if the server closes while it is being sent. It must have arrived at most once. */
    private void post(Httpipe hp, String base, int call, AtomicInteger lost) throws HttpipeException {
        try {
            assertEquals("OK\n", hp.request(Request.post(base + call).body("x")).text());
            assertEquals(1, arrived.get(call));
        } catch (ConnectionLostException e) {
            assertTrue(e.reusedTimes() > 0, "lost on a fresh connection");
            lost.incrementAndGet();
        }
    }

    private void accept(ServerSocket listener) {
        try {
            for (int i = 0; true; i++) {
                Socket socket = listener.accept();
                Random random = seed.random(i);
                Thread.ofVirtual().start(() -> serve(socket, random));
            }
        } catch (IOException e) {
            // The test has ended.
        }
    }

    private void serve(Socket socket, Random random) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            do {
                String head = head(in);
                if (head.isEmpty()) {
                    return;
                }
                if (head.startsWith("POST")) {
                    in.skipNBytes(1);
                }
                int from = head.indexOf('/') + 1;
                arrived.incrementAndGet(Integer.parseInt(head.substring(from, head.indexOf(' ', from))));
                socket.getOutputStream().write(ANSWER);
            } while (random.nextInt(10) > 0);
            closes.incrementAndGet();
        } catch (IOException e) {
            // The client has closed first.
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.testing.CutTransport;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls from platform threads while all carriers are busy. Such calls do part of their work in virtual threads. */
@Timeout(60)
class KeptCarriersTest {
    private static final byte[] BODY = new byte[300_000];

    private final Signal bodyRead = new Signal();
    private final Signal testEnded = new Signal();

    /** A server on a platform thread that takes one request with its body, answers, and holds the connection. */
    private ServerSocket server() throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            try (Socket socket = listener.accept()) {
                InputStream in = socket.getInputStream();
                for (int last = 0; last != 0x0d0a0d0a; ) {
                    int next = in.read();
                    if (next < 0) {
                        throw new EOFException();
                    }
                    last = last << 8 | next;
                }
                in.skipNBytes(BODY.length);
                String answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                bodyRead.set();
                testEnded.await();
            } catch (IOException e) {
                // The client has closed.
            }
        });
        return listener;
    }

    /** Occupies all carriers except this many, until {@code release} is set. */
    private static List<Thread> occupyCarriersExcept(int freeCarriers, AtomicBoolean release) {
        List<Thread> spinners = new ArrayList<>();
        int carriers = Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
        for (int i = freeCarriers; i < carriers; i++) {
            Signal started = new Signal();
            spinners.add(Thread.startVirtualThread(() -> {
                started.set();
                while (!release.get()) {
                    Thread.onSpinWait();
                }
            }));
            started.await();
        }
        return spinners;
    }

    private static void release(List<Thread> spinners, AtomicBoolean release) throws InterruptedException {
        release.set(true);
        for (Thread spinner : spinners) {
            spinner.join();
        }
    }

    private void assertEndsUploadWhoseListenerCannotRun(UnaryOperator<Request> limited, String limit) throws Exception {
        AtomicBoolean release = new AtomicBoolean();
        try (ServerSocket server = server();
                Httpipe hp = Httpipe.create()) {
            Request request = limited.apply(Request.post("http://127.0.0.1:" + server.getLocalPort() + "/")
                    .body(Body.of(BODY)));
            List<Thread> spinners = occupyCarriersExcept(0, release);
            try {
                TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
                assertTrue(e.getMessage().contains(limit), e.getMessage());
                assertEquals(Phase.RESPONSE_HEAD, e.phase());
                bodyRead.await();
            } finally {
                release(spinners, release);
            }
        } finally {
            testEnded.set();
        }
    }

    @Test
    void theDeadlineEndsAnUploadWhoseListenerCannotRun() throws Exception {
        assertEndsUploadWhoseListenerCannotRun(
                request -> request.timeout(Duration.ofSeconds(1)), "exceeded the deadline");
    }

    /** Uses one carrier, which the upload occupies until it has to wait. A second carrier would cause a race. */
    @Test
    void anUploadThatNeverWaitsStillNoticesAnEarlyResponse() throws Exception {
        byte[] answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        AtomicInteger writes = new AtomicInteger();
        Dialer inMemory = CutTransport.dialer(() -> new CutTransport(answer, CutTransport.End.OPEN) {
            @Override
            public int read(ByteBuffer into, long expiresAt) throws IOException {
                bodyRead.await();
                return super.read(into, expiresAt);
            }

            @Override
            public void write(ByteBuffer from, long expiresAt) throws IOException {
                if (writes.incrementAndGet() == 1) {
                    super.write(from, expiresAt);
                    bodyRead.set();
                } else {
                    from.position(from.limit());
                }
            }
        });
        AtomicBoolean release = new AtomicBoolean();
        List<Thread> spinners = occupyCarriersExcept(1, release);
        try (Httpipe hp = Httpipe.builder().dialer(inMemory).build()) {
            Request request = Request.post("http://server/").body(Body.of(new byte[32 << 20]));
            assertEquals(413, Threads.VIRTUAL.call(() -> hp.request(request)).status());
        } finally {
            release(spinners, release);
        }
        assertTrue(writes.get() < 100, () -> writes + " writes");
    }

    @Test
    void theReadTimeoutEndsAnUploadWhoseListenerCannotRun() throws Exception {
        assertEndsUploadWhoseListenerCannotRun(
                request -> request.timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(200))), "read timeout of 200 ms");
    }
}

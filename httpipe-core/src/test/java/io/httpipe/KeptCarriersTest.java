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

    private final Signal taken = new Signal();
    private final Signal over = new Signal();

    /** A server on a platform thread that takes one request with its body, answers, and holds the connection. */
    private ServerSocket server() throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            try (Socket socket = listener.accept()) {
                InputStream in = socket.getInputStream();
                for (int last = 0; last != 0x0d0a0d0a; ) {
                    int octet = in.read();
                    if (octet < 0) {
                        throw new EOFException();
                    }
                    last = last << 8 | octet;
                }
                in.skipNBytes(BODY.length);
                String answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                taken.set();
                over.await();
            } catch (IOException e) {
                // The client has closed.
            }
        });
        return listener;
    }

    /** Occupies all carriers except this many, until {@code release} is set. */
    private static List<Thread> keepAllBut(int left, AtomicBoolean letGo) {
        List<Thread> keepers = new ArrayList<>();
        int carriers = Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
        for (int i = left; i < carriers; i++) {
            Signal kept = new Signal();
            keepers.add(Thread.startVirtualThread(() -> {
                kept.set();
                while (!letGo.get()) {
                    Thread.onSpinWait();
                }
            }));
            kept.await();
        }
        return keepers;
    }

    private static void letGo(List<Thread> keepers, AtomicBoolean letGo) throws InterruptedException {
        letGo.set(true);
        for (Thread keeper : keepers) {
            keeper.join();
        }
    }

    private void endsAnUploadWhoseListenerIsNotLetRun(UnaryOperator<Request> limited, String limit) throws Exception {
        AtomicBoolean letGo = new AtomicBoolean();
        try (ServerSocket server = server();
                Httpipe hp = Httpipe.create()) {
            Request request = limited.apply(Request.post("http://127.0.0.1:" + server.getLocalPort() + "/")
                    .body(Body.of(BODY)));
            List<Thread> keepers = keepAllBut(0, letGo);
            try {
                TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
                assertTrue(e.getMessage().contains(limit), e.getMessage());
                assertEquals(Phase.RESPONSE_HEAD, e.phase());
                taken.await();
            } finally {
                letGo(keepers, letGo);
            }
        } finally {
            over.set();
        }
    }

    @Test
    void theDeadlineEndsAnUploadWhoseListenerCannotRun() throws Exception {
        endsAnUploadWhoseListenerIsNotLetRun(
                request -> request.timeout(Duration.ofSeconds(1)), "exceeded the deadline");
    }

    /** Uses a single carrier, which the upload occupies until it has to wait. A second carrier would make this a race. */
    @Test
    void anUploadThatNeverWaitsStillNoticesAnEarlyResponse() throws Exception {
        byte[] answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        AtomicInteger writes = new AtomicInteger();
        Dialer inMemory = CutTransport.dialer(() -> new CutTransport(answer, CutTransport.End.OPEN) {
            @Override
            public int read(ByteBuffer into, long expiresAt) throws IOException {
                taken.await();
                return super.read(into, expiresAt);
            }

            @Override
            public void write(ByteBuffer from, long expiresAt) throws IOException {
                if (writes.incrementAndGet() == 1) {
                    super.write(from, expiresAt);
                    taken.set();
                } else {
                    from.position(from.limit());
                }
            }
        });
        AtomicBoolean letGo = new AtomicBoolean();
        List<Thread> keepers = keepAllBut(1, letGo);
        try (Httpipe hp = Httpipe.builder().dialer(inMemory).build()) {
            Request request = Request.post("http://server/").body(Body.of(new byte[32 << 20]));
            assertEquals(413, Threads.VIRTUAL.call(() -> hp.request(request)).status());
        } finally {
            letGo(keepers, letGo);
        }
        assertTrue(writes.get() < 100, () -> writes + " writes");
    }

    @Test
    void theReadTimeoutEndsAnUploadWhoseListenerCannotRun() throws Exception {
        endsAnUploadWhoseListenerIsNotLetRun(
                request -> request.timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(200))), "read timeout of 200 ms");
    }
}

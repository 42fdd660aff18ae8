package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of platform threads while others keep all carriers of virtual threads, which some of their work is done on. */
@Timeout(60)
class KeptCarriersTest {
    /** A server on platform threads that takes a request with its body, answers if it is to, and holds the connection. */
    private static ServerSocket server(int body, String answer, Signal over) throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            try (Socket socket = listener.accept()) {
                InputStream in = socket.getInputStream();
                for (int last = 0; last != 0x0d0a0d0a; ) {
                    last = last << 8 | in.read();
                }
                in.skipNBytes(body);
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                over.await();
            } catch (IOException e) {
                // The client has gone.
            }
        });
        return listener;
    }

    @Test
    void theDeadlineEndsAnUploadWhoseListenerIsNotLetRun() throws Exception {
        Signal over = new Signal();
        AtomicBoolean release = new AtomicBoolean();
        byte[] body = new byte[300_000];
        int carriers = Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
        List<Thread> keepers = new ArrayList<>();
        try (ServerSocket server = server(body.length, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", over);
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < carriers; i++) {
                Signal kept = new Signal();
                keepers.add(Thread.startVirtualThread(() -> {
                    kept.set();
                    while (!release.get()) {
                        Thread.onSpinWait();
                    }
                }));
                kept.await();
            }
            try {
                Request request = Request.post("http://127.0.0.1:" + server.getLocalPort() + "/")
                        .body(Body.of(body))
                        .deadline(Duration.ofMillis(200));
                TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
                assertTrue(e.getMessage().contains("exceeded the deadline"), e.getMessage());
            } finally {
                release.set(true);
            }
            for (Thread keeper : keepers) {
                keeper.join();
            }
        } finally {
            over.set();
        }
    }
}

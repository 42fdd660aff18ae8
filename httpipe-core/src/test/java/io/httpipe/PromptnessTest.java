package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measures and prints how late deadlines fire and how fairly connections are shared; the bounds are loose. */
@Timeout(120)
class PromptnessTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";

    @ParameterizedTest
    @CsvSource({"1, 30, 50, 50", "5000, 1, 2000, 4000"})
    void deadlinesFireOnTimeWithManyCallsInProgress(int calls, int rounds, int first, int last) throws Exception {
        ConcurrentLinkedQueue<Socket> accepted = new ConcurrentLinkedQueue<>();
        try (ServerSocket silent = new ServerSocket(0, 8_192, InetAddress.getLoopbackAddress());
                Httpipe hp = Httpipe.create();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        accepted.add(silent.accept());
                    }
                } catch (IOException e) {
                    // The test has ended.
                }
            });
            String uri = "http://127.0.0.1:" + silent.getLocalPort() + "/";
            long[] lateness = new long[calls * rounds];
            int count = 0;
            for (int round = 0; round < rounds; round++) {
                List<Future<Long>> late = new ArrayList<>();
                for (int i = 0; i < calls; i++) {
                    Duration deadline = Duration.ofNanos(1_000_000L * first + 1_000_000L * (last - first) * i / calls);
                    late.add(threads.submit(() -> {
                        long start = System.nanoTime();
                        Request request = Request.get(uri).timeout(deadline);
                        assertThrows(TimedOutException.class, () -> hp.request(request));
                        return System.nanoTime() - start - deadline.toNanos();
                    }));
                }
                for (Future<Long> call : late) {
                    lateness[count++] = call.get();
                }
            }
            Arrays.sort(lateness);
            System.out.printf(
                    "deadlines of %d calls at once were late by: median %.1f ms, 99%% %.1f ms, most %.1f ms%n",
                    calls, lateness[count / 2] / 1e6, lateness[count * 99 / 100] / 1e6, lateness[count - 1] / 1e6);
            assertTrue(lateness[0] >= -2_000_000, "fired early");
            assertTrue(lateness[count / 2] < 1_000_000_000L);
        } finally {
            for (Socket socket : accepted) {
                socket.close();
            }
        }
    }

    @Test
    void noCallStarvesWhenTenThousandShareSixtyFourConnections() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder()
                        .maxConnectionsPerRoute(64)
                        .timeouts(Timeouts.of(Duration.ofSeconds(100)))
                        .build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> calls = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                calls.add(threads.submit(() -> {
                    long start = System.nanoTime();
                    connections.addAndGet(hp.get(server.uri("/")).reusedTimes() == 0 ? 1 : 0);
                    return System.nanoTime() - start;
                }));
            }
            long[] waits = new long[calls.size()];
            for (int i = 0; i < waits.length; i++) {
                waits[i] = calls.get(i).get();
            }
            Arrays.sort(waits);
            long median = waits[waits.length / 2];
            long longest = waits[waits.length - 1];
            System.out.printf(
                    "waits of 10,000 calls over 64 connections: median %.0f ms, longest %.0f ms%n",
                    median / 1e6, longest / 1e6);
            assertTrue(connections.get() <= 64);
            // In a fair order, the longest wait is twice the median. It is longer if the machine becomes busy.
            assertTrue(longest <= 5 * median, "longest %d, median %d".formatted(longest, median));
        }
    }
}

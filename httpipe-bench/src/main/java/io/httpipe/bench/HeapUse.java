package io.httpipe.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.clients.Work;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/**
 * Measures how much heap each of many waiting calls, or each of many idle connections, uses.
 *
 * @param idle whether to measure after the responses, when all threads have ended and the connections are idle
 */
record HeapUse(String id, String title, int calls, boolean idle) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, ServerAddresses addresses, Pace pace) throws Exception {
        try (Client client = contender.open(ConnectionMode.KEEP_ALIVE.setup(addresses, calls, 0))) {
            client.get(addresses.keepAlive().resolve("13")).run();
            List<Work> works = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                works.add(client.get(addresses.keepAlive().resolve("hold")));
            }
            long before = usedHeap();
            long waiting;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> responses = new ArrayList<>();
                try {
                    for (Work work : works) {
                        responses.add(threads.submit(work::run));
                    }
                    awaitWaitingCalls(addresses);
                    waiting = idle ? 0 : usedHeap();
                } finally {
                    query(addresses, "release");
                }
                for (Future<?> response : responses) {
                    response.get();
                }
            }
            long held = (idle ? usedHeap() : waiting) - before;
            if (openDescriptors() < calls) {
                throw new IOException("not all connections were kept");
            }
            for (Work work : works) {
                work.close();
            }
            return Map.of(Metric.HEAP, (double) held / calls);
        }
    }

    @Override
    public boolean warmsUp() {
        return false;
    }

    @Override
    public int rounds(Pace pace) {
        return Math.min(3, pace.rounds());
    }

    private void awaitWaitingCalls(ServerAddresses addresses)
            throws IOException, InterruptedException, TimeoutException {
        long giveUp = System.nanoTime() + Turn.TIMEOUT.toNanos();
        while (Integer.parseInt(query(addresses, "held")) < calls) {
            if (System.nanoTime() > giveUp) {
                throw new TimeoutException("only " + query(addresses, "held") + " calls reached the server");
            }
            Thread.sleep(Duration.ofMillis(20));
        }
    }

    private static String query(ServerAddresses addresses, String path) throws IOException {
        URI uri = addresses.keepAlive().resolve(path);
        try (InputStream in = uri.toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).strip();
        }
    }

    private static long openDescriptors() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }

    /**
     * The heap in use after several full collections. A single collection does not free everything, for example not the
     * values of maps with weak keys.
     */
    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(Duration.ofMillis(20));
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}

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
 * What each of many calls to a slow server holds of the heap; or, once the answers are there and all threads gone, each
 * of as many idle connections.
 *
 * @param idle which of the two
 */
record Held(String id, String title, int calls, boolean idle) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, Site site, Pace pace) throws Exception {
        try (Client client = contender.open(Way.KEPT.setup(site, calls, 0))) {
            client.get(site.kept().resolve("13")).run();
            List<Work> all = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                all.add(client.get(site.kept().resolve("hold")));
            }
            long before = usedHeap();
            long waiting;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> answers = new ArrayList<>();
                try {
                    for (Work work : all) {
                        answers.add(threads.submit(work::run));
                    }
                    awaitHeld(site);
                    waiting = idle ? 0 : usedHeap();
                } finally {
                    ask(site, "release");
                }
                for (Future<?> answer : answers) {
                    answer.get();
                }
            }
            long held = (idle ? usedHeap() : waiting) - before;
            if (openDescriptors() < calls) {
                throw new IOException("not all connections were kept");
            }
            for (Work work : all) {
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

    private void awaitHeld(Site site) throws IOException, InterruptedException, TimeoutException {
        long giveUp = System.nanoTime() + Turn.PATIENCE.toNanos();
        while (Integer.parseInt(ask(site, "held")) < calls) {
            if (System.nanoTime() > giveUp) {
                throw new TimeoutException("only " + ask(site, "held") + " calls reached the server");
            }
            Thread.sleep(Duration.ofMillis(20));
        }
    }

    private static String ask(Site site, String what) throws IOException {
        URI uri = site.kept().resolve(what);
        try (InputStream in = uri.toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).strip();
        }
    }

    private static long openDescriptors() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }

    /** What is in use after full collections: what weak references alone keep goes in the second. */
    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(Duration.ofMillis(20));
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}

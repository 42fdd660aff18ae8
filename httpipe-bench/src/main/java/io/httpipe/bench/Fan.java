package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.clients.Work;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.HdrHistogram.AtomicHistogram;

/**
 * Many requests at once over few connections, each on a new virtual thread. A client that cannot bound its connections
 * is helped with a semaphore.
 */
record Fan(String id, String title, int requests, int connections) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, Site site, Pace pace) throws Exception {
        try (Client client = contender.open(Way.KEPT.setup(site, connections, connections))) {
            Work work = work(client, site.kept().resolve("13"));
            AtomicHistogram times = Turn.histogram();
            send(work, times);
            times.reset();
            Meter start = Meter.read();
            do {
                send(work, times);
            } while (System.nanoTime() - start.nanos() < pace.length().toNanos());
            return Turn.metrics(times, Meter.read().since(start));
        }
    }

    private Work work(Client client, URI uri) {
        Work work = client.get(uri);
        if (client.limits()) {
            return work;
        }
        Semaphore places = new Semaphore(connections);
        return () -> {
            places.acquire();
            try {
                return work.run();
            } finally {
                places.release();
            }
        };
    }

    private void send(Work work, AtomicHistogram times) throws Exception {
        List<Future<?>> calls = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < requests; i++) {
                long start = System.nanoTime();
                calls.add(threads.submit(() -> {
                    Turn.work(work);
                    times.recordValue(System.nanoTime() - start);
                    return null;
                }));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        }
    }
}

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
 * Sends many requests at once over few connections. Each request has a new virtual thread. If a client cannot limit its
 * connections, a semaphore limits its requests.
 */
record FanOutLoad(String id, String title, int requests, int connections) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, ServerAddresses addresses, Pace pace) throws Exception {
        try (Client client = contender.open(ConnectionMode.KEEP_ALIVE.setup(addresses, connections, connections))) {
            Work work = work(client, addresses.keepAlive().resolve("13"));
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
        if (client.limitsConnections()) {
            return work;
        }
        Semaphore permits = new Semaphore(connections);
        return () -> {
            permits.acquire();
            try {
                return work.run();
            } finally {
                permits.release();
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

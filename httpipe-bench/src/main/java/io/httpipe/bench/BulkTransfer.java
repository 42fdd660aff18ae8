package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.clients.Work;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.HdrHistogram.Histogram;

/** Transfers large bodies on one thread, one after another, until the time of the turn is over. */
record BulkTransfer(String id, String title, ConnectionMode mode, Task task) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, ServerAddresses addresses, Pace pace) throws Exception {
        try (Client client = contender.open(mode.setup(addresses, 1, 0));
                ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            return thread.submit(() -> move(task.of(client, mode.server(addresses), addresses), pace))
                    .get();
        }
    }

    private static Map<Metric, Double> move(Work work, Pace pace) throws Exception {
        Histogram times = Turn.histogram();
        try (work) {
            Turn.work(work);
            Meter start = Meter.read();
            long over = start.nanos() + pace.longerLength().toNanos();
            long now = start.nanos();
            do {
                Turn.work(work);
                long end = System.nanoTime();
                times.recordValue(end - now);
                now = end;
            } while (now < over);
            return Turn.metrics(times, Meter.read().since(start));
        }
    }
}

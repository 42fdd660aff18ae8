package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.clients.Work;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.HdrHistogram.Histogram;

/** One thread that moves large bodies, as many whole ones as it takes until the turn is over. */
record Bulk(String id, String title, Way way, Task task) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, Site site, Pace pace) throws Exception {
        try (Client client = contender.open(way.setup(site, 1, 0));
                ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            return thread.submit(() -> move(task.of(client, way.server(site), site), pace))
                    .get();
        }
    }

    private static Map<Metric, Double> move(Work work, Pace pace) throws Exception {
        Histogram times = Turn.histogram();
        try (work) {
            Turn.work(work);
            Meter start = Meter.read();
            long over = start.nanos() + pace.lengthOfFew().toNanos();
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

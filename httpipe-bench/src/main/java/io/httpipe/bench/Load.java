package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import java.util.Map;

/**
 * Many threads that do the same for as long as the turn is, each over a connection of its own.
 *
 * @param threads how many
 */
record Load(String id, String title, int threads, Way way, Task task) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, Site site, Pace pace) throws Exception {
        try (Client client = contender.open(way.setup(site, threads, 0))) {
            return Turn.run(client, c -> task.of(c, way.server(site), site), threads, pace);
        }
    }
}

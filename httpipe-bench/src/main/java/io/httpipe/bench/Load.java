package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import java.util.Map;

/**
 * Lets many threads do the same work until the turn is over, each over its own connection.
 *
 * @param threads the number of threads
 */
record Load(String id, String title, int threads, ConnectionMode mode, Task task) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, ServerAddresses addresses, Pace pace) throws Exception {
        try (Client client = contender.open(mode.setup(addresses, threads, 0))) {
            return Turn.run(client, c -> task.of(c, mode.server(addresses), addresses), threads, pace);
        }
    }
}

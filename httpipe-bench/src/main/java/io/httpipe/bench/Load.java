package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.clients.Setup;
import io.httpipe.bench.clients.Work;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Many threads that do the same for as long as the turn is.
 *
 * @param threads each with a connection of its own
 * @param tls     whether the client has to know the server's authority
 * @param unix    whether it connects to the server's Unix socket
 * @param work    what each thread does
 */
record Load(String id, int threads, boolean tls, boolean unix, BiFunction<Client, Site, Work> work)
        implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, Site site, Pace pace) throws Exception {
        Setup setup = new Setup(threads, 0, tls ? site.authority() : null, unix ? site.unixSocket() : null);
        try (Client client = contender.open(setup)) {
            return Turn.run(client, c -> work.apply(c, site), threads, pace.leadIn(), pace.length());
        }
    }
}

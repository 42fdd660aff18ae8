package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.Map;

/** A kind of work that all clients do in turn. */
interface Scenario {
    /** The name on the command line and in the results. */
    String id();

    /** The title in the document. */
    String title();

    /**
     * Opens one client, runs one turn of it, and closes it.
     *
     * @throws UnsupportedOperationException if this client cannot do the work
     */
    Map<Metric, Double> turn(Contender contender, ServerAddresses addresses, Pace pace) throws Exception;

    /** Whether the JVM must be warmed up first. */
    default boolean warmsUp() {
        return true;
    }

    /** The number of counted turns of each client. */
    default int rounds(Pace pace) {
        return pace.rounds();
    }
}

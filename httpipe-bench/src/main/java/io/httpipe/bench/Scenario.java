package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.Map;

/** A kind of work that all clients do in turn. */
interface Scenario {
    /** What it is called on the command line and in the results. */
    String id();

    /** What it is called in the document. */
    String title();

    /**
     * Lets one client do it, opened for this turn and closed after it.
     *
     * @throws UnsupportedOperationException if this client cannot do it
     */
    Map<Metric, Double> turn(Contender contender, Site site, Pace pace) throws Exception;

    /** Whether it takes a warm JVM. */
    default boolean warmsUp() {
        return true;
    }

    /** How many turns each client has. */
    default int rounds(Pace pace) {
        return pace.rounds();
    }
}

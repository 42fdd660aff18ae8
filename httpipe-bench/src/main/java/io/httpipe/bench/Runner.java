package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Lets the clients have their turns, round after round, each round another one first. */
final class Runner {
    /** How many turns of a client may fail before it has no more. */
    private static final int PATIENCE = 2;

    private final List<Contender> contenders;
    private final Site site;
    private final Pace pace;
    private final Results results;

    Runner(List<Contender> contenders, Site site, Pace pace, Results results) {
        this.contenders = contenders;
        this.site = site;
        this.pace = pace;
        this.results = results;
    }

    void run(Scenario scenario) throws InterruptedException {
        results.title(scenario.id(), scenario.title());
        List<Contender> able = new ArrayList<>(contenders);
        Map<Contender, Integer> failures = new EnumMap<>(Contender.class);
        for (int round = scenario.warmsUp() ? -pace.warmUps() : 0; round < scenario.rounds(pace); round++) {
            List<Contender> order = new ArrayList<>(able);
            Collections.rotate(order, round);
            for (Contender contender : order) {
                try {
                    Map<Metric, Double> figures = scenario.turn(contender, site, pace);
                    if (round >= 0) {
                        record(scenario, contender, round, figures);
                    }
                } catch (UnsupportedOperationException e) {
                    able.remove(contender);
                    results.note(scenario.id(), contender.title(), "cannot do it");
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    System.err.printf("%s, %s: %s%n", scenario.id(), contender.title(), e);
                    int count = failures.merge(contender, 1, Integer::sum);
                    results.note(scenario.id(), contender.title(), "turns that failed: " + count);
                    if (count == PATIENCE) {
                        able.remove(contender);
                    }
                }
            }
        }
        System.out.print(Console.table(scenario.id(), able, results));
    }

    private void record(Scenario scenario, Contender contender, int round, Map<Metric, Double> figures) {
        figures.forEach((metric, value) ->
                results.add(new Results.Turn(scenario.id(), contender.title(), round, metric, value)));
    }
}

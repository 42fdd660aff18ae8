package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Lets the clients have their turns, round after round, each in another order. */
final class Runner {
    /** How many turns of a client may fail before it has no more. */
    private static final int PATIENCE = 2;

    /** How many times as many turns as usual a client may have to warm up. */
    private static final int COLD = 4;

    private final List<Contender> contenders;
    private final Site site;
    private final Pace pace;
    private final Results results;

    /** What has become of the clients in the present scenario. */
    private final List<Contender> able = new ArrayList<>();

    private final Map<Contender, Integer> failures = new EnumMap<>(Contender.class);

    /** Until the first kind of work has warmed the JVM up. */
    private boolean cold = true;

    Runner(List<Contender> contenders, Site site, Pace pace, Results results) {
        this.contenders = contenders;
        this.site = site;
        this.pace = pace;
        this.results = results;
    }

    void run(Scenario scenario) throws InterruptedException {
        results.title(scenario.id(), scenario.title());
        able.clear();
        able.addAll(contenders);
        failures.clear();
        if (scenario.warmsUp() && (cold || !pace.isQuick())) {
            cold = false;
            for (Contender contender : contenders) {
                warmUp(scenario, contender);
            }
        }
        for (int round = 0; round < scenario.rounds(pace); round++) {
            List<Contender> order = new ArrayList<>(able);
            Collections.shuffle(order, new Random(round));
            for (Contender contender : order) {
                for (Map.Entry<Metric, Double> figure :
                        turn(scenario, contender).entrySet()) {
                    results.add(new Results.Turn(
                            scenario.id(), contender.title(), round, figure.getKey(), figure.getValue()));
                }
            }
        }
        System.out.print(Console.table(scenario.id(), able, results));
    }

    /** Has turns that are not counted until the JVM has compiled most of what they run through. */
    private void warmUp(Scenario scenario, Contender contender) throws InterruptedException {
        long much = pace.leadIn().plus(pace.length()).toMillis() / 10;
        long before;
        int turns = 0;
        do {
            before = Calm.compiled();
        } while (turns++ < Math.max(1, COLD * pace.warmUps())
                && !turn(scenario, contender).isEmpty()
                && (turns < pace.warmUps() || Calm.compiled() - before > much));
    }

    /** One turn's figures; none if it fails. */
    private Map<Metric, Double> turn(Scenario scenario, Contender contender) throws InterruptedException {
        try {
            if (!pace.isQuick()) {
                Calm.await();
            }
            return scenario.turn(contender, site, pace);
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
        return Map.of();
    }
}

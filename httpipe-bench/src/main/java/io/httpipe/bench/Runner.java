package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Runs the turns of all clients, round after round. Each round has a different order. */
final class Runner {
    /** After this many failed turns, a client gets no more turns in the scenario. */
    private static final int MAX_FAILURES = 2;

    /** The maximum number of warm-up turns, as a multiple of {@link Pace#warmUps}. */
    private static final int MAX_WARM_UP_FACTOR = 4;

    private final List<Contender> contenders;
    private final ServerAddresses addresses;
    private final Pace pace;
    private final Results results;

    /** The clients that still take part in the current scenario. */
    private final List<Contender> remaining = new ArrayList<>();

    private final Map<Contender, Integer> failures = new EnumMap<>(Contender.class);

    /** Whether no scenario has warmed up the JVM yet. */
    private boolean firstScenario = true;

    Runner(List<Contender> contenders, ServerAddresses addresses, Pace pace, Results results) {
        this.contenders = contenders;
        this.addresses = addresses;
        this.pace = pace;
        this.results = results;
    }

    void run(Scenario scenario) throws InterruptedException {
        results.title(scenario.id(), scenario.title());
        remaining.clear();
        remaining.addAll(contenders);
        failures.clear();
        if (scenario.warmsUp() && (firstScenario || !pace.isQuick())) {
            firstScenario = false;
            for (Contender contender : contenders) {
                warmUp(scenario, contender);
            }
        }
        for (int round = 0; round < scenario.rounds(pace); round++) {
            List<Contender> order = new ArrayList<>(remaining);
            Collections.shuffle(order, new Random(round));
            for (Contender contender : order) {
                for (Map.Entry<Metric, Double> figure :
                        turn(scenario, contender).entrySet()) {
                    results.add(new Results.Figure(
                            scenario.id(), contender.title(), round, figure.getKey(), figure.getValue()));
                }
            }
        }
        System.out.print(Console.table(scenario.id(), remaining, results));
    }

    /** Runs uncounted turns until the JVM has compiled most of the code that they use. */
    private void warmUp(Scenario scenario, Contender contender) throws InterruptedException {
        long threshold = pace.leadIn().plus(pace.length()).toMillis() / 10;
        long before;
        int turns = 0;
        do {
            before = QuietJvm.compilationMillis();
        } while (turns++ < Math.max(1, MAX_WARM_UP_FACTOR * pace.warmUps())
                && !turn(scenario, contender).isEmpty()
                && (turns < pace.warmUps() || QuietJvm.compilationMillis() - before > threshold));
    }

    /** Runs one turn. Returns its figures; none if it fails. */
    private Map<Metric, Double> turn(Scenario scenario, Contender contender) throws InterruptedException {
        try {
            if (!pace.isQuick()) {
                QuietJvm.await();
            }
            return scenario.turn(contender, addresses, pace);
        } catch (UnsupportedOperationException e) {
            remaining.remove(contender);
            results.note(scenario.id(), contender.title(), "cannot do it");
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            System.err.printf("%s, %s: %s%n", scenario.id(), contender.title(), e);
            int count = failures.merge(contender, 1, Integer::sum);
            results.note(scenario.id(), contender.title(), "turns that failed: " + count);
            if (count == MAX_FAILURES) {
                remaining.remove(contender);
            }
        }
        return Map.of();
    }
}

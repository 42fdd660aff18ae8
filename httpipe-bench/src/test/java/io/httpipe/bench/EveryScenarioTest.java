package io.httpipe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.bench.clients.Contender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Every client does every kind of work once, so that the benchmarks still run when they are wanted. */
@TestInstance(Lifecycle.PER_CLASS)
class EveryScenarioTest {
    /** Every thread does its work once, and what is measured is over as soon as there is something to tell. */
    private static final Pace BRIEF = new Pace(0, 1, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(60));

    /** Those of the clients that have no way to connect to a Unix socket. */
    private static final List<Contender> WITHOUT_UNIX = List.of(Contender.OKHTTP, Contender.JDK);

    private TinyServer server;
    private Site site;
    private List<Scenario> scenarios;

    @BeforeAll
    void listen(@TempDir Path folder) throws Exception {
        server = new TinyServer(folder);
        site = server.start();
        scenarios = Scenarios.all(folder, new Jars(List.of(), System.getProperty("java.class.path")), 2);
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    @TestFactory
    List<DynamicTest> everyClientDoesEveryKindOfWork() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            for (Contender contender : Contender.values()) {
                if (does(contender, scenario)) {
                    tests.add(DynamicTest.dynamicTest(
                            scenario.id() + ", " + contender.title(), () -> run(scenario, contender)));
                }
            }
        }
        return tests;
    }

    /** To start a JVM for each of the libraries would take long, and needs what Maven writes after the tests. */
    private static boolean does(Contender contender, Scenario scenario) {
        return scenario instanceof Start
                ? contender == Contender.FLOOR
                : !scenario.id().startsWith("unix") || !WITHOUT_UNIX.contains(contender);
    }

    private void run(Scenario scenario, Contender contender) throws Exception {
        Map<Metric, Double> figures = scenario.turn(contender, site, BRIEF);
        if (scenario instanceof Held) {
            assertEquals(List.of(Metric.HEAP), List.copyOf(figures.keySet()));
        } else if (scenario instanceof Start) {
            assertTrue(figures.get(Metric.START) > 0, figures.toString());
        } else {
            assertTrue(figures.get(Metric.RATE) > 0, figures.toString());
            assertTrue(figures.get(Metric.P50) > 0, figures.toString());
            assertTrue(
                    figures.getOrDefault(Metric.P999, Double.MAX_VALUE) >= figures.get(Metric.P50), figures.toString());
        }
    }
}

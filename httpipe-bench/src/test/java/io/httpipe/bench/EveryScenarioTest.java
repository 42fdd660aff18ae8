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

/** Every client runs every scenario once, so that the benchmarks stay runnable. */
@TestInstance(Lifecycle.PER_CLASS)
class EveryScenarioTest {
    /** Every thread does its work at least once. The measurement ends with the first result. */
    private static final Pace SHORT = new Pace(0, 1, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(60));

    /** The clients that cannot connect to a Unix socket. */
    private static final List<Contender> WITHOUT_UNIX = List.of(Contender.OKHTTP, Contender.JDK);

    /** The clients that the benchmark of a proxy leaves out. */
    private static final List<Contender> WITHOUT_PROXY = List.of(Contender.FLOOR, Contender.HELIDON, Contender.JETTY);

    /** The clients that have no multipart bodies. */
    private static final List<Contender> WITHOUT_MULTIPART = List.of(Contender.HELIDON, Contender.JDK);

    private TinyServer server;
    private ServerAddresses addresses;
    private List<Scenario> scenarios;

    @BeforeAll
    void listen(@TempDir Path folder) throws Exception {
        server = new TinyServer(folder);
        addresses = server.start();
        scenarios = Scenarios.all(folder, new Jars(List.of(), System.getProperty("java.class.path")), 2);
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    @TestFactory
    List<DynamicTest> everyClientRunsEveryScenario() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            for (Contender contender : Contender.values()) {
                if (supports(contender, scenario)) {
                    tests.add(DynamicTest.dynamicTest(
                            scenario.id() + ", " + contender.title(), () -> run(scenario, contender)));
                }
            }
        }
        return tests;
    }

    /** A JVM start for each library would take long, and needs a file that Maven writes after the tests. */
    private static boolean supports(Contender contender, Scenario scenario) {
        return scenario instanceof JvmStart
                ? contender == Contender.FLOOR
                : !(scenario.id().startsWith("unix") && WITHOUT_UNIX.contains(contender)
                        || scenario.id().startsWith("multipart") && WITHOUT_MULTIPART.contains(contender)
                        || scenario.id().startsWith("proxy") && WITHOUT_PROXY.contains(contender));
    }

    private void run(Scenario scenario, Contender contender) throws Exception {
        Map<Metric, Double> figures = scenario.turn(contender, addresses, SHORT);
        if (scenario instanceof HeapUse) {
            assertEquals(List.of(Metric.HEAP), List.copyOf(figures.keySet()));
        } else if (scenario instanceof JvmStart) {
            assertTrue(figures.get(Metric.START) > 0, figures.toString());
        } else {
            assertTrue(figures.get(Metric.RATE) > 0, figures.toString());
            assertTrue(figures.get(Metric.P50) > 0, figures.toString());
            assertTrue(
                    figures.getOrDefault(Metric.P999, Double.MAX_VALUE) >= figures.get(Metric.P50), figures.toString());
        }
    }
}

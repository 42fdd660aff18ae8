package io.httpipe.test.server.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.httpipe.test.server.Answer;
import io.httpipe.test.server.ScriptedServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs classes with the extension. Those classes are nested, so that they do not run by themselves. */
class ScriptedServerExtensionTest {
    private static final Set<ScriptedServer> SEEN = ConcurrentHashMap.newKeySet();

    // Two threads of a run call its listener.
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final AtomicInteger passed = new AtomicInteger();

    @BeforeEach
    void forget() {
        SEEN.clear();
    }

    private void run(Class<?> tests) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(tests))
                .configurationParameters(Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.config.strategy", "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism", "2"))
                .build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                result.getThrowable().ifPresent(failures::add);
                if (test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
                    passed.incrementAndGet();
                }
            }

            @Override
            public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
                reports.addAll(entry.getKeyValuePairs().values());
            }
        });
    }

    private void passes(Class<?> tests, int count) {
        run(tests);
        assertEquals(List.of(), failures);
        assertEquals(count, passed.get());
        for (ScriptedServer server : SEEN) {
            assertThrows(IllegalStateException.class, () -> server.enqueue(Answer.of(200)), "the server is closed");
        }
    }

    private String fails(Class<?> tests) {
        run(tests);
        assertEquals(1, failures.size(), failures::toString);
        return String.valueOf(failures.getFirst().getMessage());
    }

    @Test
    void eachTestGetsItsServerAsAParameter() {
        passes(Parameters.class, 2);
        assertEquals(2, SEEN.size());
    }

    @ExtendWith(ScriptedServerExtension.class)
    static class Parameters {
        private final List<ScriptedServer> before = new ArrayList<>();

        @BeforeEach
        void prepare(ScriptedServer server) {
            before.add(server);
        }

        @Test
        void first(ScriptedServer server) {
            assertSame(before.getFirst(), server);
            assertTrue(SEEN.add(server));
        }

        @Test
        void second(ScriptedServer server) {
            assertTrue(SEEN.add(server));
        }
    }

    @Test
    void aFieldKnowsTheServerOfItsTest() {
        passes(InstanceField.class, 2);
        assertEquals(2, SEEN.size());
    }

    static class InstanceField {
        @RegisterExtension
        final ScriptedServerExtension servers = ScriptedServerExtension.with(builder -> builder.maxHead(100));

        @Test
        void first(ScriptedServer server) {
            assertSame(servers.server(), server);
            SEEN.add(server);
        }

        @Test
        void second() {
            SEEN.add(servers.server());
        }
    }

    @Test
    void aClassSharesItsServer() {
        passes(ClassServer.class, 3);
        assertEquals(1, SEEN.size());
    }

    static class ClassServer {
        @RegisterExtension
        static final ScriptedServerExtension SERVERS = new ScriptedServerExtension().perClass();

        @BeforeAll
        static void prepare(ScriptedServer server) {
            SEEN.add(server);
        }

        @Test
        void first(ScriptedServer server) {
            SEEN.add(server);
        }

        @Test
        void second() {
            SEEN.add(SERVERS.server());
        }

        @Nested
        class Inner {
            @Test
            void third(ScriptedServer server) {
                SEEN.add(server);
            }
        }
    }

    @Test
    void aTestInstanceForAllTestsCanHaveAServerPerClass() {
        passes(OneInstance.class, 2);
        assertEquals(1, SEEN.size());
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class OneInstance {
        @RegisterExtension
        final ScriptedServerExtension servers = new ScriptedServerExtension().perClass();

        @Test
        void first() {
            SEEN.add(servers.server());
        }

        @Test
        void second() {
            SEEN.add(servers.server());
        }
    }

    @Test
    void testsThatRunAtTheSameTimeHaveTheirOwnServers() {
        passes(Parallel.class, 2);
        assertEquals(2, SEEN.size());
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class Parallel {
        @RegisterExtension
        static final ScriptedServerExtension SERVERS = new ScriptedServerExtension();

        private static final CyclicBarrier BOTH_RUN = new CyclicBarrier(2);

        @Test
        void first(ScriptedServer server) throws Exception {
            check(server);
        }

        @Test
        void second(ScriptedServer server) throws Exception {
            check(server);
        }

        private static void check(ScriptedServer server) throws Exception {
            BOTH_RUN.await(20, TimeUnit.SECONDS);
            assertSame(server, SERVERS.server());
            SEEN.forEach(other -> assertNotSame(other, server));
            SEEN.add(server);
            BOTH_RUN.await(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aServerThatFailsToCloseFailsTheTest() {
        assertTrue(fails(LeftQueue.class).startsWith("answers left in the queue: [200 (0 bytes)]"));
    }

    @ExtendWith(ScriptedServerExtension.class)
    static class LeftQueue {
        @Test
        void test(ScriptedServer server) {
            server.enqueue(Answer.of(200));
        }
    }

    @Test
    void aFailedTestReportsTheConversation() {
        assertEquals("of the test", fails(Failing.class));
        assertEquals(List.of("no client has connected\n"), reports);
    }

    @ExtendWith(ScriptedServerExtension.class)
    static class Failing {
        @Test
        void test() {
            throw new AssertionError("of the test");
        }
    }

    @Test
    void aServerPerClassNeedsAPlaceForAllTests() {
        assertTrue(
                fails(NotStatic.class).startsWith("a server per class needs a static field with @RegisterExtension"));
    }

    static class NotStatic {
        @RegisterExtension
        final ScriptedServerExtension servers = new ScriptedServerExtension().perClass();

        @Test
        void test() {}
    }

    @Test
    void aConstructorIsTooEarly() {
        assertTrue(fails(InConstructor.class).startsWith("the server has not started yet"));
    }

    @ExtendWith(ScriptedServerExtension.class)
    static class InConstructor {
        InConstructor(ScriptedServer server) {
            SEEN.add(server);
        }

        @Test
        void test() {}
    }

    @Test
    void beforeAllIsTooEarlyForAServerPerTest() {
        assertTrue(fails(InBeforeAll.class).startsWith("a server per test has not started yet"));
    }

    @ExtendWith(ScriptedServerExtension.class)
    static class InBeforeAll {
        @BeforeAll
        static void prepare(ScriptedServer server) {
            SEEN.add(server);
        }

        @Test
        void test() {}
    }

    @Test
    void outsideOfATestThereIsNoServer() {
        ScriptedServerExtension extension = new ScriptedServerExtension();

        assertThrows(IllegalStateException.class, extension::server);
    }
}

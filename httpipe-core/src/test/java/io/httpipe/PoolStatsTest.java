package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link RouteStats}: how many connections there are, and why others were closed. */
@Timeout(60)
class PoolStatsTest {
    /** {@code /half} keeps its connection in use, so that the counts of the route are kept too. */
    private static final Script SCRIPT = peer -> {
        for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
            switch (head.split(" ", 3)[1]) {
                case "/half" -> {
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                    peer.awaitClose();
                    return;
                }
                case "/bye" -> peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                case "/leaving" -> {
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    return;
                }
                case "/nine" -> peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsomething");
                default -> peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        }
    };

    /** Waits until the only route has these counts. */
    private static void await(Httpipe hp, int open, int idle, int waiting, long opened, long reused, Object closed) {
        spinUntil(
                () -> {
                    RouteStats route = hp.stats().getFirst();
                    return route.open() == open
                            && route.idle() == idle
                            && route.leased() == open - idle
                            && route.waiting() == waiting
                            && route.opened() == opened
                            && route.reused() == reused
                            && route.closed().equals(closed);
                },
                hp);
    }

    private static void spinUntil(BooleanSupplier condition, Httpipe hp) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> hp.stats().toString());
            Thread.onSpinWait();
        }
    }

    @Test
    void routesWithoutConnectionsAreNotListed() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(SCRIPT);
                Httpipe hp = Httpipe.create()) {
            assertEquals(List.of(), hp.stats());
            hp.get(server.uri("/bye"));
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void eachCallChangesTheCountsOfItsRoute() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(SCRIPT);
                Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(2).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            StreamedResponse first = hp.stream(Request.get(server.uri("/half")).pool("named"));
            RouteStats route = hp.stats().getFirst();
            assertEquals(Servers.endpoint(server), route.endpoint());
            assertEquals("named", route.pool());
            assertFalse(route.tls());
            await(hp, 1, 0, 0, 1, 0, Map.of());
            for (int i = 0; i < 3; i++) {
                hp.request(Request.get(server.uri("/")).pool("named"));
            }
            await(hp, 2, 1, 0, 2, 2, Map.of());
            StreamedResponse second = hp.stream(Request.get(server.uri("/half")).pool("named"));
            await(hp, 2, 0, 0, 2, 3, Map.of());
            Future<Response> waiting =
                    threads.submit(() -> hp.request(Request.get(server.uri("/")).pool("named")));
            await(hp, 2, 0, 1, 2, 3, Map.of());
            second.close();
            waiting.get();
            await(hp, 2, 1, 0, 3, 3, Map.of("done", 1L));
            first.close();
            await(hp, 1, 1, 0, 3, 3, Map.of("done", 2L));
        }
    }

    @Test
    void aConnectionThatOneSideWantsToCloseCountsAsDone() throws Exception {
        assertClosed(Httpipe.builder(), "/bye", "done");
    }

    @Test
    void aConnectionUnusedForTheIdleTimeoutCountsAsIdle() throws Exception {
        assertClosed(Httpipe.builder().idleTimeout(Duration.ofMillis(20)), "/", "idle");
    }

    @Test
    void aConnectionAboveMaxIdleCountsAsSurplus() throws Exception {
        assertClosed(Httpipe.builder().maxIdlePerRoute(0), "/", "surplus");
    }

    @Test
    void aConnectionClosedByTheServerCountsAsStale() throws Exception {
        assertClosed(Httpipe.builder(), "/leaving", "stale");
    }

    @Test
    void aConnectionOlderThanItsLifetimeCountsAsOld() throws Exception {
        assertClosed(Httpipe.builder().maxLifetime(Duration.ofNanos(1)), "/", "old");
    }

    private static void assertClosed(Httpipe.Builder options, String path, String reason) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(SCRIPT);
                Httpipe hp = options.build();
                StreamedResponse anchor = hp.stream(Request.get(server.uri("/half")))) {
            hp.get(server.uri(path));
            await(hp, 1, 0, 0, 2, 0, Map.of(reason, 1L));
            anchor.body().read();
        }
    }

    @Test
    void aConnectionThatCannotBeOpenedCountsAsFailed() throws Exception {
        AtomicInteger lookups = new AtomicInteger();
        try (ScriptedServer server = ScriptedServer.of(SCRIPT);
                Httpipe hp = Httpipe.builder()
                        .resolver(host -> {
                            if (lookups.getAndIncrement() > 0) {
                                throw new UnknownHostException(host);
                            }
                            return List.of(InetAddress.getLoopbackAddress());
                        })
                        .build();
                StreamedResponse anchor = hp.stream(Request.get(server.uri("h.test", "/half")))) {
            assertThrows(ConnectFailedException.class, () -> hp.get(server.uri("h.test", "/")));
            await(hp, 1, 0, 0, 2, 0, Map.of("failed", 1L));
            anchor.body().read();
        }
    }

    @Test
    void idleConnectionsOfAClosedClientCountAsClosedWithIt() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(SCRIPT);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = Httpipe.create();
            StreamedResponse anchor = hp.stream(Request.get(server.uri("/half")));
            hp.get(server.uri("/"));
            Future<?> closing = threads.submit(hp::close);
            await(hp, 1, 0, 0, 2, 0, Map.of("client_closed", 1L));
            anchor.close();
            closing.get(20, TimeUnit.SECONDS);
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void manyIdleConnectionsThatTheServerClosesAreDroppedSoonWithoutAThreadForEach() throws Exception {
        int count = 200;
        Signal close = new Signal();
        Script closing = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsomething");
            close.await();
        };
        try (ScriptedServer server = ScriptedServer.of(SCRIPT, closing);
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(count).build();
                StreamedResponse anchor = hp.stream(Request.get(server.uri("/half")))) {
            List<StreamedResponse> responses = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                responses.add(hp.stream(Request.get(server.uri("/"))));
            }
            for (StreamedResponse response : responses) {
                assertEquals(9, response.body().readAllBytes().length);
            }
            await(hp, count + 1, count, 0, count + 1, 0, Map.of());
            int threads = Threads.named("httpipe-").size();
            assertTrue(threads >= 1 && threads < count / 2, "threads of ours: " + threads);
            long start = System.nanoTime();
            close.set();
            await(hp, 1, 0, 0, count + 1, 0, Map.of("stale", (long) count));
            System.out.printf(
                    "%d idle connections that the server had closed were gone after %.0f ms%n",
                    count, (System.nanoTime() - start) / 1e6);
            anchor.body().read();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, old", "1, old", "2, idle"})
    void aConnectionIsClosedASecondBeforeTheServerWouldCloseIt(int seconds, String reason) throws Exception {
        Script hinting = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=" + seconds + "\r\n\r\n");
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(SCRIPT, hinting);
                Httpipe hp = Httpipe.create();
                StreamedResponse anchor = hp.stream(Request.get(server.uri("/half")))) {
            hp.get(server.uri("/"));
            await(hp, 1, 0, 0, 2, 0, Map.of(reason, 1L));
            anchor.body().read();
        }
    }

    @Test
    void aConnectionThatExpiresDuringACheckCountsAsIdle() throws Exception {
        int count = 500;
        // The pool checks idle connections each second, which is exactly when they expire.
        try (ScriptedServer server = ScriptedServer.of(SCRIPT);
                Httpipe hp = Httpipe.builder()
                        .maxIdlePerRoute(count)
                        .idleTimeout(Duration.ofSeconds(1))
                        .build();
                StreamedResponse anchor = hp.stream(Request.get(server.uri("/half")))) {
            List<StreamedResponse> responses = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                responses.add(hp.stream(Request.get(server.uri("/nine"))));
            }
            for (StreamedResponse response : responses) {
                assertEquals(9, response.body().readAllBytes().length);
            }
            await(hp, 1, 0, 0, count + 1, 0, Map.of("idle", (long) count));
            anchor.body().read();
        }
    }

    @Test
    void aKeepAliveTimeoutLongerThanTheIdleTimeoutChangesNothing() throws Exception {
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=600, max=5\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.of(SCRIPT, ScriptedServer.inTurn(answer));
                Httpipe hp =
                        Httpipe.builder().idleTimeout(Duration.ofMillis(20)).build();
                StreamedResponse anchor = hp.stream(Request.get(server.uri("/half")))) {
            hp.get(server.uri("/"));
            await(hp, 1, 0, 0, 2, 0, Map.of("idle", 1L));
            anchor.body().read();
        }
    }
}

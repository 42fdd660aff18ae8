package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import io.httpipe.Timeouts;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ten thousand requests to nginx over 64 connections. The test for each JDK opens the scope. */
final class WideScope {
    static final int REQUESTS = 10_000;
    private static final int CONNECTIONS = 64;

    private WideScope() {}

    static Httpipe client() {
        return Httpipe.builder()
                .maxConnectionsPerRoute(CONNECTIONS)
                // The last call in the queue waits for all others.
                .timeouts(Timeouts.DEFAULT.acquire(Duration.ofSeconds(60)))
                .build();
    }

    static String uri(int number) {
        return Nginx.uri("/args?number=" + number).toString();
    }

    /** Checks that each request has its own response, and that the connection limit was kept. */
    static void assertAllAnswered(Httpipe hp, List<Response> responses) {
        assertEquals(REQUESTS, responses.size());
        Set<@Nullable String> connections = new HashSet<>();
        for (int i = 0; i < REQUESTS; i++) {
            Response response = responses.get(i);
            assertEquals(200, response.status());
            assertEquals(String.valueOf(i), response.headers().first("X-Header-NUMBER"));
            connections.add(response.headers().first("X-Connection"));
        }
        assertTrue(connections.size() <= CONNECTIONS, () -> "connections: " + connections.size());
        assertEquals(1, hp.stats().size());
        RouteStats route = hp.stats().getFirst();
        assertEquals(connections.size(), route.opened(), "nginx counts as many as the client");
        assertEquals(route.open(), route.idle(), route::toString);
        assertEquals(0, route.leased() + route.waiting(), route::toString);
    }
}

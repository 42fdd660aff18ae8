package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static io.httpipe.testing.AnsweringServer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Signal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients with other options over the pool of a first client. */
@Timeout(30)
class DerivedClientTest {
    private static AnsweringServer server() throws Exception {
        return new AnsweringServer(request -> request.target().equals("/a") ? redirect(302, "/b") : ok("here"));
    }

    @Test
    void hasItsOwnOptionsAndTheSameConnections() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.builder().header("X-Own", "1").build();
                Httpipe following = hp.with(options -> options.redirects(Redirects.NORMAL))) {
            assertEquals(302, hp.get(server.uri("/a")).status());
            assertEquals("here", following.get(server.uri("/a")).text());
            assertEquals("1", server.last().field("X-Own"), "it has the options of the first client");
            assertEquals(302, hp.get(server.uri("/a")).status());
            assertEquals(1, server.server().connections());
            assertEquals(hp.stats(), following.stats());
        }
    }

    @Test
    void closingADerivedClientClosesNothingOfTheFirst() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Httpipe derived = hp.with(options -> options.timeout(Duration.ofSeconds(10)));
            StreamedResponse open = derived.stream(Request.get(server.uri("/")));
            derived.close();
            derived.close();
            assertThrows(IllegalStateException.class, () -> derived.get(server.uri("/")));
            assertThrows(IllegalStateException.class, () -> derived.with(options -> {}));
            assertTrue(derived.toString().contains("closed=true"), derived::toString);
            assertEquals("here", new String(open.body().readAllBytes()));
            assertEquals("here", hp.get(server.uri("/")).text());
            assertTrue(hp.toString().contains("closed=false"), hp::toString);
            assertEquals(1, server.server().connections());
        }
    }

    @Test
    void closingTheFirstClientEndsTheCallsOfBoth() throws Exception {
        Signal arrived = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
            peer.head();
            arrived.set();
            peer.awaitClose();
        })) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ZERO).build();
            Httpipe derived = hp.with(options -> options.timeout(Duration.ofSeconds(60)));
            Thread closing = Thread.ofVirtual().start(() -> {
                arrived.await();
                hp.close();
            });
            CancelledException e = assertThrows(CancelledException.class, () -> derived.get(server.uri("/")));
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            closing.join();
            assertThrows(IllegalStateException.class, () -> derived.get(server.uri("/")));
        }
    }

    @Test
    void cannotChangeThePool() {
        try (Httpipe hp = Httpipe.create()) {
            assertThrows(IllegalArgumentException.class, () -> hp.with(options -> options.maxConnections(1)));
            assertThrows(IllegalArgumentException.class, () -> hp.with(options -> options.maxConnectionsPerRoute(1)));
            assertThrows(IllegalArgumentException.class, () -> hp.with(options -> options.maxIdlePerRoute(1)));
            assertThrows(IllegalArgumentException.class, () -> hp.with(options -> options.maxIdleConnections(1)));
            assertThrows(
                    IllegalArgumentException.class, () -> hp.with(options -> options.idleTimeout(Duration.ofDays(1))));
            assertThrows(
                    IllegalArgumentException.class, () -> hp.with(options -> options.maxLifetime(Duration.ofDays(1))));
            assertThrows(
                    IllegalArgumentException.class, () -> hp.with(options -> options.closeGrace(Duration.ofDays(1))));
            assertThrows(IllegalArgumentException.class, () -> hp.with(options -> options.resolver(host -> null)));
            assertThrows(IllegalArgumentException.class, () -> hp.with(null));
        }
    }
}

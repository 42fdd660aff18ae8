package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.test.server.ScriptedServer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@Timeout(60)
class CachingResolverTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private final AtomicInteger lookups = new AtomicInteger();

    private List<InetAddress> resolve(String host) throws UnknownHostException {
        lookups.incrementAndGet();
        if (host.equals("unknown.test")) {
            throw new UnknownHostException(host);
        }
        return host.equals("null.test") ? null : List.of(InetAddress.getByName("127.0.0.1"));
    }

    @Test
    void clientsThatShareAResolverShareItsAnswers() throws Exception {
        CachingResolver resolver = CachingResolver.of(this::resolve);
        try (ScriptedServer server = ScriptedServer.answering(OK)) {
            for (int i = 0; i < 3; i++) {
                try (Httpipe hp = Httpipe.builder().resolver(resolver).build()) {
                    assertEquals("OK", hp.get(server.uri("a.test", "/")).text());
                }
            }
        }
        assertEquals(List.of(InetAddress.getByName("127.0.0.1")), resolver.resolve("a.test"));
        assertEquals(1, lookups.get());
        assertEquals(
                List.of(InetAddress.getByName("127.0.0.1")),
                resolver.maxHosts(5).resolve("a.test"));
        assertEquals(2, lookups.get(), "a copy has its own cache");
    }

    @Test
    void anUnknownHostStaysUnknownForAWhile() throws Exception {
        CachingResolver resolver = CachingResolver.of(this::resolve);
        try (Httpipe hp = Httpipe.builder().resolver(resolver).build()) {
            for (String host : List.of("unknown.test", "null.test")) {
                for (int i = 0; i < 3; i++) {
                    ConnectFailedException e =
                            assertThrows(ConnectFailedException.class, () -> hp.get("http://" + host + "/"));
                    assertEquals(Phase.RESOLVE, e.phase());
                }
                assertThrows(UnknownHostException.class, () -> resolver.resolve(host));
            }
        }
        assertEquals(2, lookups.get());
        CachingResolver forgetful = resolver.negativeTimeToLive(Duration.ZERO);
        assertThrows(UnknownHostException.class, () -> forgetful.resolve("unknown.test"));
        assertThrows(UnknownHostException.class, () -> forgetful.resolve("unknown.test"));
        assertEquals(4, lookups.get());
    }

    @Test
    void theSystemsResolverCanBeCached() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp =
                        Httpipe.builder().resolver(CachingResolver.ofSystem()).build()) {
            assertEquals("OK", hp.get(server.uri("localhost", "/")).text());
            assertEquals("OK", hp.get(server.uri("/")).text());
        }
    }

    /** Calls without the deadline may share the lookup. */
    @Test
    void aLookupHasNoDeadlineOfItsCaller() throws Exception {
        List<Deadline> seen = new ArrayList<>();
        CachingResolver resolver = CachingResolver.of(host -> {
            seen.add(Deadline.current());
            return resolve(host);
        });
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().resolver(resolver).build()) {
            Duration minute = Duration.ofMinutes(1);
            Deadline.callWithin(minute, () -> hp.get(server.uri("a.test", "/")));
            FutureTask<Response> virtual =
                    new FutureTask<>(() -> Deadline.callWithin(minute, () -> hp.get(server.uri("b.test", "/"))));
            Thread.startVirtualThread(virtual);
            virtual.get();
        }
        assertEquals(List.of(Deadline.NONE, Deadline.NONE), seen);
    }

    @Test
    void settingsAreShown() {
        assertEquals(
                "CachingResolver[timeToLive=PT30S, negativeTimeToLive=PT5S, staleWhileRefreshing=PT0S, maxHosts=1000]",
                CachingResolver.ofSystem().toString());
        assertEquals(
                "CachingResolver[timeToLive=PT1M, negativeTimeToLive=PT0S, staleWhileRefreshing=PT1H, maxHosts=7]",
                CachingResolver.ofSystem()
                        .timeToLive(Duration.ofMinutes(1))
                        .negativeTimeToLive(Duration.ZERO)
                        .staleWhileRefreshing(Duration.ofHours(1))
                        .maxHosts(7)
                        .toString());
    }

    @Test
    void badValuesAreRefused() {
        CachingResolver resolver = CachingResolver.ofSystem();
        assertRefused("source is null", () -> CachingResolver.of(null));
        assertRefused("timeToLive: PT0S is not positive", () -> resolver.timeToLive(Duration.ZERO));
        assertRefused(
                "negativeTimeToLive: PT-1S is negative", () -> resolver.negativeTimeToLive(Duration.ofSeconds(-1)));
        assertRefused("stale is null", () -> resolver.staleWhileRefreshing(null));
        assertRefused("maxHosts: 0 is less than 1", () -> resolver.maxHosts(0));
        assertRefused("host is null", () -> resolver.resolve(null));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}

package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.FixedSeed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interrupts calls with redirects, credentials and retries at random moments. Nothing may get lost. */
@Timeout(120)
class PolicyStormTest {
    private static final int WORKERS = 32;
    private static final int CALLS = 3_000;
    private static final int CALLS_PER_INTERRUPT = 4;
    private static final String CHALLENGE =
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"%d\", qop=\"auth\", algorithm=SHA-256, stale=true";

    private final AtomicInteger requests = new AtomicInteger();

    /**
     * Redirects each call once. Then requests without credentials, and every seventh request, get a challenge. Every
     * fifth of the others gets a 503.
     */
    private String answer(AnsweringServer.Received request) {
        int number = requests.incrementAndGet();
        if (request.target().equals("/start")) {
            return empty(302, "Location: /end");
        }
        if (request.field("Authorization") == null || number % 7 == 0) {
            return empty(401, CHALLENGE.formatted(number));
        }
        return number % 5 == 0 ? empty(503, "Retry-After: 0") : ok("done");
    }

    @Test
    void interruptsLoseNothing() throws Exception {
        Random random = new FixedSeed(PolicyStormTest.class, 42).random();
        AtomicInteger tokens = new AtomicInteger();
        try (AnsweringServer server = new AnsweringServer(this::answer);
                AnsweringServer bearer = new AnsweringServer(request -> requests.incrementAndGet() % 9 == 0
                        ? empty(401, "WWW-Authenticate: Bearer error=\"invalid_token\"")
                        : ok("done"));
                Httpipe hp = Httpipe.builder()
                        .maxConnectionsPerRoute(8)
                        .redirects(Redirects.NORMAL)
                        .credentials(
                                Credentials.digest(server.origin(), "u", "p"),
                                Credentials.bearer(bearer.origin(), () -> {
                                    LockSupport.parkNanos(100_000);
                                    return AccessToken.of("t" + tokens.incrementAndGet());
                                }))
                        .retries(Retries.of(4).backoff(Duration.ofNanos(1_000), Duration.ofMillis(1)))
                        .build()) {
            storm(hp, List.of(server.uri("/start"), bearer.uri("/")), random);
            for (RouteStats route : hp.stats()) {
                assertEquals(0, route.leased(), route::toString);
                assertEquals(0, route.waiting(), route::toString);
                assertEquals(route.open(), route.idle(), route::toString);
                assertTrue(route.open() <= 8, route::toString);
            }
            assertTrue(tokens.get() > 10, tokens + " tokens were fetched");
        }
    }

    private static void storm(Httpipe hp, List<String> uris, Random random) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(CALLS);
        AtomicInteger cancelled = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            workers.add(Thread.ofVirtual().start(() -> {
                for (int number = left.getAndDecrement(); number > 0; number = left.getAndDecrement()) {
                    try {
                        int status = hp.get(uris.get(number % uris.size())).status();
                        assertTrue(status == 200 || status == 401 || status == 503, () -> "status " + status);
                        answered.incrementAndGet();
                    } catch (CancelledException e) {
                        if (!Thread.interrupted()) {
                            wrong.add(new AssertionError("the interrupt flag is gone", e));
                        }
                        cancelled.incrementAndGet();
                    } catch (Throwable e) {
                        wrong.add(e);
                    }
                }
            }));
        }
        // The random moments are numbers of calls, not times, so the choice is repeatable.
        for (int after = 0; after < CALLS; after += 1 + random.nextInt(2 * CALLS_PER_INTERRUPT - 1)) {
            while (CALLS - left.get() < after) {
                LockSupport.parkNanos(10_000);
            }
            workers.get(random.nextInt(WORKERS)).interrupt();
        }
        for (Thread worker : workers) {
            assertTrue(worker.join(Duration.ofSeconds(30)), "a call hangs");
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong.size() + " calls went wrong", wrong.peek());
        }
        assertEquals(CALLS, answered.get() + cancelled.get());
        assertTrue(cancelled.get() > CALLS / 100, "only " + cancelled + " calls were cancelled");
    }
}

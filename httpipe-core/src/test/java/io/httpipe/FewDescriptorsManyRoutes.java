package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/**
 * A client of many routes in a process that may open few files; {@link FewDescriptorsTest} starts it, with the port of a
 * server. More connections would be idle than the process may have.
 */
final class FewDescriptorsManyRoutes {
    private static final int ROUTES = 200;

    private final Httpipe hp;
    private final String uri;

    private FewDescriptorsManyRoutes(Httpipe hp, String uri) {
        this.hp = hp;
        this.uri = uri;
    }

    public static void main(String[] arguments) throws Exception {
        // Classes are loaded from files too, so what is needed where none can be opened is loaded now.
        for (String name : List.of("NoDescriptorException", "DnsLookup", "SharedPoller", "SharedPoller$Registration")) {
            Class.forName("io.httpipe.internal.connect." + name);
        }
        String address = "http://127.0.0.1:" + arguments[0] + "/";
        try (Httpipe hp = Httpipe.builder().maxIdleConnections(ROUTES).build()) {
            FewDescriptorsManyRoutes client = new FewDescriptorsManyRoutes(hp, address);
            client.atOnce("warm", 8);
            assertTrue(hp.stats().size() > 40);
            client.inTurn();
            assertEquals("OK", hp.get("http://localhost:" + arguments[0] + "/").text(), "the first lookup");
            client.atOnce("many", 30);
        }
        System.out.println("done");
    }

    private Response call(String route) throws HttpipeException {
        return hp.request(Request.post(uri).pool(route));
    }

    private void inTurn() throws HttpipeException {
        for (int i = 0; i < ROUTES; i++) {
            assertEquals(0, call("route-" + i).reusedTimes());
        }
        long idle = hp.stats().stream().mapToLong(RouteStats::idle).sum();
        assertTrue(idle > 20 && idle < 96, idle + " are idle");
        assertEquals(1, call("route-" + (ROUTES - 1)).reusedTimes(), "the newest has been kept");
        assertEquals(0, call("route-0").reusedTimes(), "the oldest has been given up");
    }

    /** As many virtual threads, each with several calls of a route of its own and of one that all have in common. */
    private void atOnce(String name, int threads) throws Exception {
        List<FutureTask<Void>> calls = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            FutureTask<Void> call = new FutureTask<>(() -> {
                for (int n = 0; n < 20; n++) {
                    assertEquals(200, call(name).status());
                    assertEquals(200, call(name + number + "-" + n % 5).status());
                }
                return null;
            });
            calls.add(call);
            Thread.ofVirtual().start(call);
        }
        for (FutureTask<Void> call : calls) {
            call.get();
        }
    }
}

package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/**
 * A client program with many routes and a low limit of open files. {@link FewDescriptorsTest} passes it the port of
 * a server. The client may keep more idle connections than the process may open.
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
        // Loading a class needs a descriptor, so these classes are loaded while there are free ones.
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

    /** Runs this many virtual threads. Each calls its own routes and one shared route. */
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

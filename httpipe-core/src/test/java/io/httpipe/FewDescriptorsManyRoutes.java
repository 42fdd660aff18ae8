package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

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
        loadClient();
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

    /** Loads all classes of the client. Loading a class from a folder needs a descriptor, and later none may be free. */
    private static void loadClient() throws IOException, ReflectiveOperationException, URISyntaxException {
        Path classes = Path.of(Httpipe.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.toList()) {
                String name = classes.relativize(file).toString().replace(File.separatorChar, '.');
                // The names of module-info and package-info have a hyphen.
                if (name.endsWith(".class") && name.indexOf('-') < 0) {
                    Class.forName(name.substring(0, name.length() - ".class".length()));
                }
            }
        }
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

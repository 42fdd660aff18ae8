package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.FixedSeed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random redirects between random origins: no secret ever reaches an origin that it is not bound to. */
@Timeout(120)
class RedirectGraphTest {
    private static final int GRAPHS = 400;
    private static final int PATHS = 4;
    private static final int[] STATUSES = {301, 302, 303, 307, 308};

    /** Where each node redirects to and with which status, which origins send a challenge, and where the call starts. */
    private record Graph(
            Map<String, String> locations, Map<String, Integer> statuses, Set<String> challenging, String start) {}

    private final AtomicReference<Graph> graph = new AtomicReference<>();
    private final List<AnsweringServer> servers = new ArrayList<>();

    /** Two names of each server, so that there are origins that differ only in their host. */
    private List<String> origins() {
        List<String> origins = new ArrayList<>();
        for (AnsweringServer server : servers) {
            origins.add(server.origin());
            origins.add(server.origin().replace("127.0.0.1", "localhost"));
        }
        return origins;
    }

    private String answer(AnsweringServer.Received request) {
        String node = "http://" + request.field("Host") + request.target();
        Graph current = graph.get();
        String origin = node.substring(0, node.indexOf('/', 8));
        if (current.challenging.contains(origin) && request.field("Authorization") == null) {
            return empty(401, "WWW-Authenticate: Basic realm=\"x\"");
        }
        String location = current.locations.get(node);
        return location == null ? ok("end") : empty(current.statuses.get(node), "Location: " + location);
    }

    private Graph randomGraph(List<String> origins, Random random) {
        Map<String, String> locations = new HashMap<>();
        Map<String, Integer> statuses = new HashMap<>();
        List<String> nodes = new ArrayList<>();
        for (String origin : origins) {
            for (int path = 0; path < PATHS; path++) {
                nodes.add(origin + "/" + path);
            }
        }
        for (String node : nodes) {
            if (random.nextInt(5) > 0) {
                String target = nodes.get(random.nextInt(nodes.size()));
                boolean sameOrigin = random.nextInt(4) == 0;
                boolean withoutScheme = random.nextInt(4) == 0;
                locations.put(
                        node, sameOrigin ? "/" + random.nextInt(PATHS) : withoutScheme ? target.substring(5) : target);
                statuses.put(node, STATUSES[random.nextInt(STATUSES.length)]);
            }
        }
        Set<String> challenging = new HashSet<>();
        origins.stream().filter(origin -> random.nextInt(3) == 0).forEach(challenging::add);
        return new Graph(locations, statuses, challenging, nodes.get(random.nextInt(nodes.size())));
    }

    @Test
    void noSecretReachesAnOriginThatItIsNotBoundTo() throws Exception {
        Random random = new FixedSeed(RedirectGraphTest.class, 17).random();
        int crossings = 0;
        int passwordsSeen = 0;
        try (AnsweringServer a = new AnsweringServer(this::answer);
                AnsweringServer b = new AnsweringServer(this::answer);
                AnsweringServer c = new AnsweringServer(this::answer);
                Httpipe hp = Httpipe.create()) {
            servers.addAll(List.of(a, b, c));
            List<String> origins = origins();
            for (int i = 0; i < GRAPHS; i++) {
                servers.forEach(AnsweringServer::forget);
                Graph current = randomGraph(origins, random);
                graph.set(current);
                String own = current.start.substring(0, current.start.lastIndexOf('/'));
                Set<String> trusted = new HashSet<>();
                List<Credentials> credentials = new ArrayList<>();
                Map<String, String> passwords = new HashMap<>();
                for (int o = 0; o < origins.size(); o++) {
                    if (random.nextInt(4) == 0) {
                        trusted.add(origins.get(o));
                    }
                    if (random.nextInt(2) == 0) {
                        String password = "password" + o;
                        Credentials basic = Credentials.basic(origins.get(o), "u", password);
                        credentials.add(random.nextBoolean() ? basic : basic.onChallenge());
                        passwords.put(origins.get(o), password);
                    }
                }
                Request request = Request.of(random.nextBoolean() ? "GET" : "POST", current.start)
                        .header("Cookie", "secret")
                        .header("X-Api-Key", "secret")
                        .redirects(Redirects.NORMAL.trust(trusted.toArray(String[]::new)))
                        .credentials(credentials.toArray(Credentials[]::new));
                try {
                    hp.request(request);
                } catch (RedirectFailedException e) {
                    assertTrue(!e.hops().isEmpty());
                }
                crossings += check(own, trusted, passwords);
                passwordsSeen += (int) servers.stream()
                        .flatMap(server -> server.requests().stream())
                        .filter(received -> received.field("Authorization") != null)
                        .count();
            }
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        }
        assertTrue(crossings > GRAPHS / 2, crossings + " requests went to another origin");
        assertTrue(passwordsSeen > GRAPHS / 4, passwordsSeen + " requests had a password");
    }

    /** Checks all requests of one call; returns how many of them went to an origin without trust. */
    private int check(String own, Set<String> trusted, Map<String, String> passwords) {
        int crossings = 0;
        for (AnsweringServer server : servers) {
            for (AnsweringServer.Received received : server.requests()) {
                String origin = "http://" + received.field("Host");
                boolean mayHaveAll = origin.equals(own) || trusted.contains(origin);
                if (!mayHaveAll) {
                    crossings++;
                    assertTrue(!received.head().contains("secret"), received::head);
                }
                String authorization = received.field("Authorization");
                if (authorization != null) {
                    String sent = new String(java.util.Base64.getDecoder().decode(authorization.substring(6)));
                    assertEquals("u:" + passwords.get(origin), sent, origin);
                }
            }
        }
        return crossings;
    }
}

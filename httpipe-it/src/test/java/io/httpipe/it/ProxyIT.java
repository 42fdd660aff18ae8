package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.Credentials;
import io.httpipe.FanOut;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Phase;
import io.httpipe.Proxy;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.Timeouts;
import io.httpipe.it.ProxyServers.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Calls through squid, tinyproxy, stunnel, Dante and microsocks to an origin whose name only they can resolve. */
class ProxyIT {
    private static final int CALLS = 1_000;

    private static Httpipe.Builder builder() {
        return Httpipe.builder()
                .tls(ProxyServers.tls())
                .timeouts(Timeouts.of(Duration.ofSeconds(30)))
                .maxConnections(100);
    }

    private static Httpipe client(Proxy proxy) {
        return builder().proxy(proxy).build();
    }

    @ParameterizedTest
    @EnumSource
    void plainHttpReachesTheOrigin(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            Response response = hp.get(ProxyServers.HTTP + "/path?query");
            assertEquals(200, response.status());
            assertTrue(response.text().startsWith("http GET /path?query host=origin.test proxy= "), response.text());
        }
    }

    @ParameterizedTest
    @EnumSource
    void httpsReachesTheOriginThroughATunnel(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            Response response = hp.get(ProxyServers.HTTPS + "/path?query");
            assertEquals(200, response.status());
            assertTrue(response.text().startsWith("https GET /path?query host=origin.test proxy= "), response.text());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "(SQUID|TINYPROXY).*", mode = Mode.MATCH_ALL)
    void plainHttpCanUseATunnelToo(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy().tunnel(true))) {
            assertTrue(hp.get(ProxyServers.HTTP + "/tunnel").text().startsWith("http GET /tunnel "));
        }
    }

    @ParameterizedTest
    @EnumSource
    void tunnelsAreKeptAlive(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            for (int i = 0; i < 5; i++) {
                assertEquals(i, hp.get(ProxyServers.HTTPS + "/" + i).reusedTimes());
            }
            assertEquals(1, hp.stats().size());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "SQUID.*", mode = Mode.MATCH_ALL)
    void connectionsToTheProxyAreKeptAlive(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            Response first = hp.get(ProxyServers.HTTP + "/");
            int reused = first.reusedTimes();
            for (int i = 1; i < 5; i++) {
                assertEquals(reused + i, hp.get(ProxyServers.HTTP + "/" + i).reusedTimes());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void credentialsForTheProxyDoNotReachTheOriginAndTheOthersDo(Kind kind) throws Exception {
        try (Httpipe hp = builder()
                .proxy(kind.proxy())
                .credentials(Credentials.basic(ProxyServers.HTTPS, "other", "password"))
                .build()) {
            String text = hp.get(ProxyServers.HTTPS + "/").text();
            assertTrue(text.contains(" proxy= origin=Basic "), text);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SQUID_BASIC", "SQUID_DIGEST", "TINYPROXY_BASIC", "DANTE_USER", "MICROSOCKS_USER"})
    void wrongCredentialsForATunnelFailInThePhaseOfTheProxy(Kind kind) throws Exception {
        String wrong = "not the password";
        try (Httpipe hp = client(kind.open().credentials(ProxyServers.USER, wrong))) {
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get(ProxyServers.HTTPS + "/"));
            assertEquals(Phase.PROXY, e.phase());
            assertFalse(e.safeToRetry(), "another attempt would fail in the same way");
            assertFalse(e.toString().contains(wrong), e.toString());
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SQUID_BASIC", "SQUID_DIGEST"})
    void a407InAbsoluteFormIsTheResponseIfThereAreNoCredentials(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.open())) {
            assertEquals(407, hp.get(ProxyServers.HTTP + "/").status());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "(SQUID|TINYPROXY).*", mode = Mode.MATCH_ALL)
    void aTargetThatTheProxyRefusesIsNamed(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            assertEquals(403, hp.get("http://refused.test/").status());
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get("https://refused.test/"));
            assertEquals(Phase.PROXY, e.phase());
            assertTrue(e.getMessage().contains("403"), e.getMessage());
            assertTrue(e.getMessage().contains("refused.test"), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DANTE", "DANTE_USER", "MICROSOCKS_USER"})
    void aPortThatNobodyListensOnIsRefusedBySocks(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get("http://origin.test:9/"));
            assertEquals(Phase.PROXY, e.phase());
            assertTrue(e.safeToRetry());
        }
    }

    @ParameterizedTest
    @EnumSource
    void bodiesOfSeveralMegabytesPassBothWays(Kind kind) throws Exception {
        byte[] body = new byte[5_000_000];
        Proxy proxy = kind.proxy();
        // The first 407 comes to a request without a body, because a proxy may reset a connection whose upload it
        // refuses. After the 407, the settings know what the proxy asks for. The uploads do not use the connections of
        // this client, because tinyproxy closes each connection after a response, without announcing it.
        try (Httpipe hp = client(proxy)) {
            assertEquals(200, hp.get(ProxyServers.HTTP + "/").status());
        }
        try (Httpipe hp = client(proxy)) {
            for (String origin : List.of(ProxyServers.HTTP, ProxyServers.HTTPS)) {
                Request upload = Request.post(origin + "/size").body(Body.of(body));
                assertEquals("5000000", hp.request(upload).text());
                try (StreamedResponse large = hp.stream(Request.get(origin + "/large"))) {
                    assertEquals(
                            "4194304",
                            large.pipe().request(Request.post(origin + "/size")).text());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"TINYPROXY_BASIC", "DANTE_USER", "MICROSOCKS_USER", "SQUID_BASIC"})
    void aThousandCallsAtOnceReachTheOrigin(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> calls = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                String uri = (i % 2 == 0 ? ProxyServers.HTTP : ProxyServers.HTTPS) + "/" + i;
                calls.add(() -> hp.get(uri).text());
            }
            List<Future<String>> responses = threads.invokeAll(calls);
            for (int i = 0; i < CALLS; i++) {
                String text = responses.get(i).get();
                assertTrue(text.contains(" GET /" + i + " host="), text);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SQUID", "DANTE"})
    void aFanOutUsesTheProxy(Kind kind) throws Exception {
        try (Httpipe hp = client(kind.proxy())) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                requests.add(Request.get(ProxyServers.HTTPS + "/" + i));
            }
            List<Response> responses = FanOut.over(hp).all(requests);
            assertEquals(10, responses.size());
            responses.forEach(response -> assertEquals(200, response.status()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SQUID", "DANTE"})
    void aRequestCanHaveItsOwnProxy(Kind kind) throws Exception {
        try (Httpipe hp = builder().build()) {
            Request request = Request.get(ProxyServers.HTTPS + "/own").proxy(kind.proxy());
            assertEquals(200, hp.request(request).status());
        }
    }
}

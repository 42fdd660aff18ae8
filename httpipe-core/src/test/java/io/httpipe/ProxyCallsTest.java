package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static io.httpipe.testing.AnsweringServer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.SocksServer;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.TunnelProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of all kinds through proxies of all kinds. */
@Timeout(30)
class ProxyCallsTest {
    /** The ways in which a proxy connects a client to one origin. */
    enum Kind {
        FORWARD,
        TUNNEL,
        TUNNEL_OVER_TLS,
        SOCKS
    }

    private static final String BODY = "x".repeat(300_000);

    private final List<AutoCloseable> opened = new ArrayList<>();

    private <T extends AutoCloseable> T opened(T server) {
        opened.add(server);
        return server;
    }

    private Proxy proxy(Kind kind, AnsweringServer origin) throws IOException {
        return switch (kind) {
            // The origin server also plays the proxy.
            case FORWARD -> Proxy.http("127.0.0.1", origin.server().port());
            case TUNNEL ->
                Proxy.http("127.0.0.1", opened(new TunnelProxy(origin.server())).port())
                        .tunnel(true);
            case TUNNEL_OVER_TLS ->
                Proxy.https(
                                "127.0.0.1",
                                opened(new TunnelProxy(
                                                TestCertificates.get().server(),
                                                origin.server(),
                                                head -> TunnelProxy.OPEN))
                                        .port())
                        .tls(Exchanges.TRUSTING)
                        .tunnel(true);
            case SOCKS ->
                Proxy.socks5(
                        "127.0.0.1",
                        opened(new SocksServer(origin.server(), null)).port());
        };
    }

    @ParameterizedTest
    @EnumSource
    void streamsPipesAndExchangesGoThroughAProxy(Kind kind) throws Exception {
        try (AnsweringServer origin = new AnsweringServer(request -> ok(
                        request.body().isEmpty()
                                ? BODY
                                : "length " + request.body().length()));
                Httpipe hp = Httpipe.builder().proxy(proxy(kind, origin)).build()) {
            try (StreamedResponse response = hp.stream(Request.get("http://a.test/stream"))) {
                assertEquals(BODY.length(), response.body().readAllBytes().length);
            }
            try (StreamedResponse response = hp.stream(Request.get("http://a.test/from"))) {
                Response piped = response.pipe().request(Request.put("http://b.test/to"));
                assertEquals("length " + BODY.length(), piped.text());
            }
            Response upload = hp.request(
                    Request.put("http://a.test/").body(Body.writing(out -> out.write(BODY.getBytes("US-ASCII")))));
            assertEquals("length " + BODY.length(), upload.text());
            ConnectOptions options = ConnectOptions.DEFAULT.proxy(proxy(kind, origin));
            try (Exchange exchange = hp.connect(Endpoint.of("a.test", 80), options)) {
                assertEquals(BODY, exchange.request(Request.get("/exchange")).text());
            }
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        } finally {
            for (AutoCloseable each : opened) {
                each.close();
            }
        }
    }

    /** A route consists of the proxy and, in a tunnel, of the origin too. */
    @ParameterizedTest
    @EnumSource
    void theConnectionLimitCountsTheProxyAsPartOfTheRoute(Kind kind) throws Exception {
        try (AnsweringServer origin = new AnsweringServer(request -> ok(BODY));
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(kind, origin))
                        .maxConnectionsPerRoute(1)
                        .build()) {
            Timeouts hasty = Timeouts.DEFAULT.acquire(Duration.ofMillis(20));
            try (StreamedResponse held = hp.stream(Request.get("http://a.test/"))) {
                assertEquals(200, held.status());
                Request same = Request.get("http://a.test/").timeouts(hasty);
                assertEquals(
                        Phase.ACQUIRE,
                        assertThrows(TimedOutException.class, () -> hp.request(same))
                                .phase());
                Request other = Request.get("http://b.test/").timeouts(hasty);
                if (kind == Kind.FORWARD) {
                    assertThrows(TimedOutException.class, () -> hp.request(other));
                } else {
                    assertEquals(BODY, hp.request(other).text());
                }
            }
        } finally {
            for (AutoCloseable each : opened) {
                each.close();
            }
        }
    }

    @Test
    void theCredentialsOfAProxyStayThereIfARedirectLeadsToADirectConnection() throws Exception {
        try (AnsweringServer direct = new AnsweringServer(request -> ok("direct"));
                AnsweringServer server = new AnsweringServer(request -> request.field("Proxy-Authorization") == null
                        ? empty(407, "Proxy-Authenticate: Basic realm=\"p\"")
                        : redirect(302, direct.uri("/end")))) {
            Proxy proxy = Proxy.http("127.0.0.1", server.server().port()).credentials("u", "secret");
            try (Httpipe hp = Httpipe.builder()
                    .redirects(Redirects.NORMAL)
                    .proxies(uri -> uri.getHost().equals("127.0.0.1") ? Proxy.NONE : proxy)
                    .build()) {
                assertEquals("direct", hp.get("http://a.test/start").text());
                assertEquals(2, server.requests().size());
                assertTrue(server.last().field("Proxy-Authorization").startsWith("Basic "));
                assertNull(direct.last().field("Proxy-Authorization"));
                assertFalse(
                        direct.last().head().contains("secret"), direct.last().head());
            }
        }
    }
}

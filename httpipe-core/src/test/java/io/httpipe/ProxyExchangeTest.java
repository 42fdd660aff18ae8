package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.SocksServer;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.TunnelProxy;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exchanges through proxies. */
@Timeout(30)
class ProxyExchangeTest {
    private static final Endpoint ORIGIN = Endpoint.of("origin.test", 8080);

    private static ConnectOptions through(Proxy proxy) {
        return ConnectOptions.DEFAULT.proxy(proxy);
    }

    @Test
    void withoutTlsTheProxyGetsEachRequestWhole() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = Httpipe.create()) {
            Proxy proxy = Proxy.http("127.0.0.1", server.server().port()).header("X-Tenant", "blue");
            try (Exchange exchange = hp.connect(ORIGIN, through(proxy))) {
                assertEquals("fine", exchange.request(Request.get("/a")).text());
                assertTrue(server.last()
                        .head()
                        .startsWith("GET http://origin.test:8080/a HTTP/1.1\r\nHost: origin.test:8080\r\n"));
                assertEquals("blue", server.last().field("X-Tenant"));
                exchange.request(Request.get("http://other.test/b"));
                assertEquals("http://other.test/b", server.last().target());
                exchange.keepAlive();
            }
            // Requests share the connection.
            assertEquals(
                    1,
                    hp.request(Request.get("http://origin.test/").proxy(proxy)).reusedTimes());
            try (Exchange exchange = hp.connect(ORIGIN, through(proxy))) {
                IllegalStateException e = assertThrows(IllegalStateException.class, exchange::tlsHandshake);
                assertTrue(e.getMessage().contains("ConnectOptions.tls or Proxy.tunnel(true)"), e.getMessage());
            }
        }
    }

    @Test
    void aRequestForAnHttpsUriNeverReachesTheProxyUnencrypted() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = Httpipe.create()) {
            int port = server.server().port();
            try (Exchange exchange = hp.connect(ORIGIN, through(Proxy.http("127.0.0.1", port)))) {
                Request secret = Request.get("https://origin.test/a?secret").header("Authorization", "secret");
                IllegalArgumentException e =
                        assertThrows(IllegalArgumentException.class, () -> exchange.sendRequest(secret));
                assertEquals(
                        "request: the proxy 127.0.0.1:" + port + " would get the request for https://origin.test"
                                + " unencrypted; for TLS with the origin, use ConnectOptions.tls or Proxy.tunnel(true)",
                        e.getMessage());
                assertThrows(IllegalArgumentException.class, () -> exchange.request(secret));
                assertEquals(0, server.requests().size());
                // The exchange can still be used.
                assertEquals("fine", exchange.request(Request.get("/b")).text());
                assertEquals("http://origin.test:8080/b", server.last().target());
            }
        }
    }

    @Test
    void afterA407TheNextRequestHasTheCredentials() throws Exception {
        String challenge = "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"auth\"";
        try (AnsweringServer server = new AnsweringServer(request ->
                        request.field("Proxy-Authorization") == null ? empty(407, challenge) : ok("welcome"));
                Httpipe hp = Httpipe.create()) {
            Proxy proxy = Proxy.http("127.0.0.1", server.server().port()).credentials("u", "p");
            try (Exchange exchange = hp.connect(ORIGIN, through(proxy))) {
                assertEquals(407, exchange.request(Request.get("/")).status());
                assertEquals("welcome", exchange.request(Request.get("/")).text());
                assertTrue(server.last().field("Proxy-Authorization").contains("uri=\"http://origin.test:8080/\""));
            }
        }
    }

    @Test
    void withTlsAnExchangeUsesATunnel() throws Exception {
        try (AnsweringServer origin = new AnsweringServer(TestCertificates.get().server(), request -> ok("secure"));
                TunnelProxy server = new TunnelProxy(origin.server());
                Httpipe hp = Httpipe.create()) {
            Proxy proxy = Proxy.http("127.0.0.1", server.port());
            ConnectOptions options = through(proxy).tls(Exchanges.TRUSTING);
            try (Exchange exchange = hp.connect(Endpoint.of("localhost", 443), options)) {
                Request request = Request.get("/").header("Proxy-Authorization", "not for the origin");
                assertEquals("secure", exchange.request(request).text());
                assertNull(origin.last().field("Proxy-Authorization"));
                exchange.keepAlive();
            }
            Request request = Request.get("https://localhost/").proxy(proxy).tls(Exchanges.TRUSTING);
            assertEquals(1, hp.request(request).reusedTimes());
        }
    }

    @Test
    void tlsCanBeginLaterInATunnelEvenInsideTlsToTheProxy() throws Exception {
        try (AnsweringServer origin = new AnsweringServer(TestCertificates.get().server(), request -> ok("secure"));
                TunnelProxy server =
                        new TunnelProxy(TestCertificates.get().server(), origin.server(), head -> TunnelProxy.OPEN);
                Httpipe hp = Httpipe.create()) {
            Proxy proxy = Proxy.https("127.0.0.1", server.port())
                    .tls(Exchanges.TRUSTING)
                    .tunnel(true);
            try (Exchange exchange = hp.connect(Endpoint.of("localhost", 443), through(proxy))) {
                assertTrue(!exchange.toString().contains("TLS"), "the origin sees no TLS yet");
                exchange.tlsHandshake(Exchanges.TRUSTING);
                assertEquals("secure", exchange.request(Request.get("/")).text());
            }
        }
    }

    @Test
    void aSocksProxyIsAlwaysATunnel() throws Exception {
        try (AnsweringServer origin = new AnsweringServer(request -> ok("fine"));
                SocksServer server = new SocksServer(origin.server(), null);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(ORIGIN, through(Proxy.socks5("127.0.0.1", server.port())))) {
            assertEquals("fine", exchange.request(Request.get("/a")).text());
            assertEquals("/a", origin.last().target());
        }
    }

    @Test
    void theProxyOfTheClientIsNotUsed() throws Exception {
        try (AnsweringServer origin = new AnsweringServer(request -> ok("direct"));
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.http("nowhere.invalid", 1))
                        .build();
                Exchange exchange = hp.connect(Servers.endpoint(origin.server()))) {
            assertEquals("direct", exchange.request(Request.get("/")).text());
        }
    }

    @Test
    void aProxyCannotConnectToAUnixSocket() {
        try (Httpipe hp = Httpipe.create()) {
            Endpoint unix = Endpoint.unix(Path.of("/tmp/nobody"));
            assertThrows(IllegalArgumentException.class, () -> hp.connect(unix, through(Proxy.http("a.test", 1))));
            ConnectOptions direct = through(Proxy.NONE);
            assertThrows(ConnectFailedException.class, () -> hp.connect(unix, direct));
        }
    }

    @Test
    void aRefusedTunnelIsTheSameErrorAsForARequest() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
                Httpipe hp = Httpipe.create()) {
            Proxy proxy = Proxy.http("127.0.0.1", server.port()).tunnel(true);
            ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.connect(ORIGIN, through(proxy)));
            assertEquals(403, e.status());
            assertEquals(ORIGIN, e.endpoint());
        }
    }
}

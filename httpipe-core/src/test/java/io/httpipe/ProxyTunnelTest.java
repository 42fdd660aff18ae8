package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.TunnelProxy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tunnels that an HTTP proxy opens with CONNECT. */
@Timeout(30)
class ProxyTunnelTest {
    private static final String BASIC = "Proxy-Authenticate: Basic realm=\"p\"\r\n";
    private static final String DIGEST =
            "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n";

    private AnsweringServer origin;
    private AnsweringServer plainOrigin;

    @BeforeEach
    void open() throws Exception {
        origin = new AnsweringServer(TestCertificates.get().server(), request -> ok("secret answer"));
        plainOrigin = new AnsweringServer(request -> ok("plain answer"));
    }

    @AfterEach
    void close() throws Exception {
        origin.close();
        plainOrigin.close();
    }

    private static Function<String, String> inTurn(String... answers) {
        Iterator<String> next = List.of(answers).iterator();
        return head -> next.next();
    }

    private static Proxy at(TunnelProxy proxy) {
        return Proxy.http("127.0.0.1", proxy.port());
    }

    private static Httpipe client(Proxy proxy) {
        return Httpipe.builder().proxy(proxy).tls(Exchanges.TRUSTING).build();
    }

    private TunnelProxy proxy(String... answers) throws Exception {
        return new TunnelProxy(origin.server(), inTurn(answers));
    }

    @Test
    void connectHasTheHostAndPortOfTheOriginAndNothingOfTheRequest() throws Exception {
        try (TunnelProxy proxy = proxy(TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).header("X-Tenant", "blue"))) {
            Request request = Request.get("https://localhost/path?query")
                    .header("Authorization", "origin secret")
                    .header("Proxy-Authorization", "proxy secret")
                    .header("User-Agent", "me");
            assertEquals("secret answer", hp.request(request).text());
            assertEquals(
                    List.of("CONNECT localhost:443 HTTP/1.1\r\n"
                            + "Host: localhost:443\r\n"
                            + "X-Tenant: blue\r\n"
                            + "User-Agent: httpipe/0.1\r\n\r\n"),
                    proxy.server().heads());
            assertEquals("/path?query", origin.last().target());
            assertEquals("origin secret", origin.last().field("Authorization"));
            assertNull(origin.last().field("Proxy-Authorization"));
            assertNull(origin.last().field("X-Tenant"));
            assertEquals("me", origin.last().field("User-Agent"));
        }
    }

    @Test
    void eachOriginHasItsTunnelsAndTheyAreReused() throws Exception {
        try (TunnelProxy proxy = new TunnelProxy(origin.server());
                Httpipe hp = client(at(proxy))) {
            assertEquals(0, hp.get("https://localhost/").reusedTimes());
            assertEquals(1, hp.get("https://localhost/").reusedTimes());
            assertEquals(0, hp.get("https://127.0.0.1/").reusedTimes());
            assertEquals(2, proxy.server().connections());
            assertEquals(2, hp.stats().size());
            for (RouteStats route : hp.stats()) {
                assertEquals(Endpoint.of("127.0.0.1", proxy.port()), route.proxy());
                assertEquals(443, ((Endpoint.Tcp) route.endpoint()).port());
                assertTrue(route.tls());
            }
        }
    }

    @Test
    void directAndProxiedConnectionsAreNeverShared() throws Exception {
        try (TunnelProxy one = new TunnelProxy(origin.server());
                TunnelProxy two = new TunnelProxy(origin.server());
                Httpipe hp = client(at(one))) {
            String uri = origin.uri("/");
            hp.get(uri);
            assertEquals(0, hp.request(Request.get(uri).proxy(at(two))).reusedTimes());
            assertEquals(0, hp.request(Request.get(uri).proxy(Proxy.NONE)).reusedTimes());
            assertEquals(
                    0,
                    hp.request(Request.get(uri).proxy(at(one).credentials("u", "p")))
                            .reusedTimes());
            assertEquals(
                    1,
                    hp.request(Request.get(uri).proxy(Proxy.http("127.0.0.1", one.port())))
                            .reusedTimes());
            assertEquals(4, hp.stats().size());
        }
    }

    @Test
    void aTlsSessionIsResumedOnItsOwnPathOnly() throws Exception {
        try (TunnelProxy proxy = new TunnelProxy(origin.server());
                Httpipe hp = client(at(proxy))) {
            List<Boolean> resumed = new ArrayList<>();
            ConnectOptions direct = ConnectOptions.DEFAULT;
            ConnectOptions proxied = direct.proxy(at(proxy).tunnel(true));
            for (ConnectOptions options : List.of(direct, direct, proxied, proxied)) {
                try (Exchange exchange = hp.connect(Servers.endpoint(origin.server()), options)) {
                    resumed.add(exchange.tlsHandshake().resumed());
                    // The tickets of TLS 1.3 arrive with the first response.
                    exchange.request(Request.get("/"));
                    exchange.abort();
                }
            }
            assertEquals(List.of(false, true, false, true), resumed);
        }
    }

    @Test
    void plainHttpIsTunnelledIfTheProxySaysSo() throws Exception {
        try (TunnelProxy proxy = new TunnelProxy(plainOrigin.server());
                Httpipe hp = client(at(proxy).tunnel(true))) {
            assertEquals("plain answer", hp.get("http://origin.test/x").text());
            assertTrue(proxy.server()
                    .heads()
                    .getFirst()
                    .startsWith("CONNECT origin.test:80 HTTP/1.1\r\nHost: origin.test:80\r\n"));
            assertEquals("/x", plainOrigin.last().target());
            assertEquals("origin.test", plainOrigin.last().field("Host"));
        }
    }

    @Test
    void anAddressOfIpv6IsInBrackets() throws Exception {
        try (TunnelProxy proxy = new TunnelProxy(plainOrigin.server());
                Httpipe hp = client(at(proxy).tunnel(true))) {
            hp.get("http://[2001:db8::1]:8080/x");
            assertTrue(proxy.server().heads().getFirst().startsWith("CONNECT [2001:db8::1]:8080 HTTP/1.1\r\n"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 Connection established\r\n\r\n",
                "HTTP/1.0 200 OK\r\nServer: old\r\n\r\n",
                "HTTP/1.1 200\r\n\r\n",
                "HTTP/1.1 200\n\n",
                "HTTP/1.1 299 Any\r\nContent-Length: 1000\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 200 Late\r\n\r\n",
            })
    void every2xxOpensTheTunnelWhateverItsFieldsSay(String answer) throws Exception {
        Signal asked = new Signal();
        Script script = peer -> {
            peer.head();
            // The proxy is also the origin behind it, and answers before it receives the request.
            peer.send(answer + ok("tunnelled"));
            peer.head();
            asked.set();
            peer.awaitClose();
        };
        try (ScriptedServer proxy = ScriptedServer.of(script);
                Httpipe hp = client(Proxy.http("127.0.0.1", proxy.port()).tunnel(true))) {
            assertEquals("tunnelled", hp.get("http://origin.test/").text());
            asked.await();
            assertEquals(2, proxy.heads().size());
        }
    }

    @Test
    void a407IsAnsweredOnTheSameConnectionWithBasic() throws Exception {
        try (TunnelProxy proxy = proxy(
                        "HTTP/1.1 407 x\r\n" + BASIC + "Content-Length: 5\r\n\r\nlogin",
                        TunnelProxy.OPEN,
                        TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).credentials("Aladdin", "open sesame"))) {
            assertEquals("secret answer", hp.get("https://localhost/").text());
            assertEquals(1, proxy.server().connections());
            List<String> heads = proxy.server().heads();
            assertFalse(heads.get(0).contains("Proxy-Authorization"));
            assertTrue(heads.get(1).contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
            assertFalse(origin.last().head().contains("Proxy-Authorization"));
            // The next tunnel needs no challenge.
            hp.get("https://127.0.0.1/");
            assertTrue(proxy.server().heads().get(2).contains("\r\nProxy-Authorization: Basic "));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 407 x\r\nConnection: close\r\nContent-Length: 5\r\n",
                "HTTP/1.0 407 x\r\nContent-Length: 5\r\n",
            })
    void a407ThatClosesIsAnsweredOverANewConnectionWithDigest(String refusal) throws Exception {
        try (TunnelProxy proxy = proxy(refusal + BASIC + DIGEST + "\r\nlogin", TunnelProxy.OPEN, TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).credentials("u", "secret"))) {
            assertEquals("secret answer", hp.get("https://localhost/").text());
            assertEquals(2, proxy.server().connections());
            String second = proxy.server().heads().get(1);
            assertTrue(
                    second.contains(
                            "\r\nProxy-Authorization: Digest username=\"u\", realm=\"p\", uri=\"localhost:443\", algorithm=SHA-256, nonce=\"n\", nc=00000001, "),
                    second);
            hp.get("https://127.0.0.1/");
            String third = proxy.server().heads().get(2);
            assertTrue(third.contains("uri=\"127.0.0.1:443\"") && third.contains("nc=00000002"), third);
        }
    }

    @Test
    void aChunked407IsReadToItsEndAndALongOneIsLeft() throws Exception {
        String chunked = "HTTP/1.1 407 x\r\n" + BASIC
                + "Transfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\n3;x=y\r\nnow\r\n0\r\nTrailer: x\r\n\r\n";
        try (TunnelProxy proxy = proxy(chunked, TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).credentials("u", "p"))) {
            assertEquals("secret answer", hp.get("https://localhost/").text());
            assertEquals(1, proxy.server().connections());
        }
        String tooLong = "HTTP/1.1 407 x\r\n" + BASIC + "Content-Length: 65537\r\n\r\n";
        try (TunnelProxy proxy = proxy(tooLong, TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).credentials("u", "p"))) {
            assertEquals("secret answer", hp.get("https://localhost/").text());
            assertEquals(2, proxy.server().connections());
        }
    }

    @Test
    void aSecond407EndsTheCallAndItsBodyIsNoResponse() throws Exception {
        String refusal = "HTTP/1.1 407 Log In\r\n" + BASIC + "Content-Length: 5\r\n\r\nlogin";
        try (TunnelProxy proxy = proxy(refusal, refusal, refusal);
                Httpipe hp = client(at(proxy).credentials("u", "wrong"))) {
            ProxyFailedException e =
                    assertThrows(ProxyFailedException.class, () -> hp.get("https://localhost/a?query"));
            assertEquals(407, e.status());
            assertEquals(Phase.PROXY, e.phase());
            assertFalse(e.safeToRetry());
            assertEquals(0, e.bytesSent());
            assertEquals(
                    "the proxy refused a tunnel to localhost:443: 407 \"Log In\"; it does not accept the credentials, or"
                            + " asks for neither Basic nor Digest while asking the proxy (the proxy 127.0.0.1:"
                            + proxy.port() + ", for localhost:443)",
                    e.getMessage());
            assertEquals(List.of(), hp.stats());
            assertEquals(2, proxy.server().heads().size());
        }
    }

    @Test
    void aStaleNonceIsReplacedOnceMore() throws Exception {
        String stale =
                "HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=\"p\", nonce=\"%s\", qop=\"auth\", stale=true\r\n"
                        + "Content-Length: 0\r\n\r\n";
        try (TunnelProxy proxy = proxy(stale.formatted("a"), stale.formatted("b"), TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).credentials("u", "p"))) {
            hp.get("https://localhost/");
            assertTrue(proxy.server().heads().get(2).contains("nonce=\"b\""));
        }
        try (TunnelProxy proxy = proxy(stale.formatted("a"), stale.formatted("b"), stale.formatted("c"));
                Httpipe hp = client(at(proxy).credentials("u", "p"))) {
            assertThrows(ProxyFailedException.class, () -> hp.get("https://localhost/"));
            assertEquals(3, proxy.server().heads().size());
        }
    }

    @Test
    void aNonceStaysUsableIfTheProxyRefusesForAnotherReason() throws Exception {
        try (TunnelProxy proxy = proxy(
                        "HTTP/1.1 407 x\r\n" + DIGEST + "Content-Length: 0\r\n\r\n",
                        "HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n",
                        TunnelProxy.OPEN);
                Httpipe hp = client(at(proxy).credentials("u", "p"))) {
            assertThrows(ProxyFailedException.class, () -> hp.get("https://localhost/"));
            assertEquals("secret answer", hp.get("https://localhost/").text());
            assertTrue(proxy.server().heads().get(2).contains(", nc=00000002, "));
        }
    }

    @Test
    void aProxyThatDoesNotKnowThePasswordIsNotBelieved() throws Exception {
        try (TunnelProxy proxy = new TunnelProxy(
                        plainOrigin.server(),
                        inTurn(
                                "HTTP/1.1 407 x\r\n" + DIGEST + "Content-Length: 0\r\n\r\n",
                                "HTTP/1.1 200 x\r\nProxy-Authentication-Info: rspauth=\"00\", nc=00000001, qop=auth\r\n\r\n"));
                Httpipe hp = client(at(proxy).tunnel(true).credentials("u", "p"))) {
            CredentialsFailedException e =
                    assertThrows(CredentialsFailedException.class, () -> hp.get("http://a.test/"));
            assertEquals(Phase.PROXY, e.phase());
            assertEquals(0, plainOrigin.requests().size());
        }
    }

    @Test
    void aRefusalIsAnExceptionAndSaysWhetherToTryAgain() throws Exception {
        String template = "HTTP/1.1 %d \u00dcber\u0001\r\nContent-Length: 6\r\n\r\nsecret";
        try (TunnelProxy proxy = proxy(template.formatted(403), template.formatted(502), template.formatted(407));
                Httpipe hp = client(at(proxy))) {
            ProxyFailedException e = assertThrows(ProxyFailedException.class, () -> hp.get("https://localhost/"));
            assertEquals(403, e.status());
            assertFalse(e.safeToRetry());
            assertTrue(
                    e.getMessage()
                            .startsWith("the proxy refused a tunnel to localhost:443: 403 \"\\u00dcber\\u0001\" while"),
                    e.getMessage());
            e = assertThrows(ProxyFailedException.class, () -> hp.get("https://localhost/"));
            assertEquals(502, e.status());
            assertTrue(e.safeToRetry());
            e = assertThrows(ProxyFailedException.class, () -> hp.get("https://localhost/"));
            assertTrue(e.getMessage().contains("; use Proxy.credentials while"), e.getMessage());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void retriesTryAProxyThatCouldNotReachTheOrigin() throws Exception {
        try (TunnelProxy proxy = proxy("HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n", TunnelProxy.OPEN);
                Httpipe hp = Httpipe.builder()
                        .proxy(at(proxy))
                        .tls(Exchanges.TRUSTING)
                        .retries(Retries.of(2))
                        .build()) {
            Response response =
                    hp.request(Request.post("https://localhost/").body("work").idempotencyKey());
            assertEquals("secret answer", response.text());
            assertEquals("proxy failed", response.hops().getFirst().reason());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\n : x\r\n\r\n",
            })
    void aMalformedAnswerIsRefused(String answer) throws Exception {
        try (TunnelProxy proxy = new TunnelProxy(plainOrigin.server(), head -> answer);
                Httpipe hp = client(at(proxy))) {
            MalformedResponseException e =
                    assertThrows(MalformedResponseException.class, () -> hp.get("https://localhost/"));
            assertEquals(Phase.PROXY, e.phase());
            assertEquals(0, e.bytesSent());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void anAnswerThatIsTooLongIsRefused() throws Exception {
        String tooLong = "HTTP/1.1 200 OK\r\nX: " + "x".repeat(64 << 10) + "\r\n\r\n";
        String tooMany = "HTTP/1.1 100 Continue\r\n\r\n".repeat(101) + TunnelProxy.OPEN;
        for (String answer : List.of(tooLong, tooMany)) {
            Script script = peer -> {
                peer.head();
                try {
                    peer.send(answer);
                } catch (java.io.IOException e) {
                    // The client has closed.
                }
                peer.awaitClose();
            };
            try (ScriptedServer proxy = ScriptedServer.of(script);
                    Httpipe hp = client(Proxy.http("127.0.0.1", proxy.port()))) {
                assertThrows(MalformedResponseException.class, () -> hp.get("https://localhost/"));
            }
        }
    }

    @Test
    void anOriginInATunnelNeverGetsTheCredentialsOfTheProxy() throws Exception {
        try (AnsweringServer greedy = new AnsweringServer(
                        TestCertificates.get().server(),
                        request -> "HTTP/1.1 407 x\r\n" + BASIC + "Content-Length: 4\r\n\r\ngive");
                TunnelProxy proxy = new TunnelProxy(greedy.server());
                Httpipe hp = client(at(proxy).credentials("u", "secret"))) {
            Response response = hp.get("https://localhost/");
            assertEquals(407, response.status());
            assertEquals("give", response.text());
            assertEquals(1, greedy.requests().size());
            assertNull(greedy.last().field("Proxy-Authorization"));
        }
    }

    @Test
    void tlsToTheProxyCarriesTlsToTheOrigin() throws Exception {
        String refusal = "HTTP/1.1 407 x\r\n" + BASIC + "Content-Length: 5\r\n\r\nlogin";
        try (TunnelProxy proxy = new TunnelProxy(
                        TestCertificates.get().server(), origin.server(), inTurn(refusal, TunnelProxy.OPEN));
                Httpipe hp = client(Proxy.https("127.0.0.1", proxy.port())
                        .tls(Exchanges.TRUSTING)
                        .credentials("u", "p"))) {
            byte[] large = new byte[1 << 20];
            assertEquals(
                    "secret answer",
                    hp.request(Request.put("https://localhost/").body(large)).text());
            assertEquals(large.length, origin.last().body().length());
            assertEquals(1, hp.get("https://localhost/").reusedTimes());
            assertEquals(1, proxy.server().connections());
        }
    }

    @Test
    void aProxyWithACertificateThatIsNotTrustedGetsNothing() throws Exception {
        try (ScriptedServer proxy = ScriptedServer.tls(TestCertificates.get().server("untrusted"), Peer::awaitClose);
                Httpipe hp = client(Proxy.https("127.0.0.1", proxy.port()).tls(Exchanges.TRUSTING))) {
            for (String uri : List.of("https://localhost/", "http://a.test/")) {
                TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.get(uri));
                assertEquals(Phase.PROXY, e.phase());
                assertTrue(e.getMessage().startsWith("TLS with the proxy itself failed: "), e.getMessage());
                assertFalse(e.safeToRetry());
            }
            assertEquals(List.of(), proxy.heads());
        }
    }

    @Test
    void anOriginWithACertificateThatIsNotTrustedGetsNoRequest() throws Exception {
        try (ScriptedServer bad = ScriptedServer.tls(TestCertificates.get().server("untrusted"), Peer::awaitClose);
                TunnelProxy proxy = new TunnelProxy(bad);
                Httpipe hp = client(at(proxy))) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.get("https://localhost/"));
            assertEquals(Phase.TLS, e.phase());
            assertTrue(
                    e.getMessage().contains("(localhost:443 through the proxy 127.0.0.1:" + proxy.port() + ")"),
                    e.getMessage());
            assertEquals(List.of(), bad.heads());
        }
    }

    @Test
    void requestsToAnHttpsProxyInPlainHttpAreEncrypted() throws Exception {
        try (AnsweringServer proxy = new AnsweringServer(TestCertificates.get().server(), request -> ok("fine"));
                Httpipe hp =
                        client(Proxy.https("localhost", proxy.server().port()).tls(Exchanges.TRUSTING))) {
            assertEquals("fine", hp.get("http://a.test/x").text());
            assertEquals("http://a.test/x", proxy.last().target());
            assertEquals(1, hp.get("http://b.test/x").reusedTimes());
            assertFalse(hp.stats().getFirst().tls());
        }
    }
}

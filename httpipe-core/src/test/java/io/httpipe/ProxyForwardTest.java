package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static io.httpipe.testing.AnsweringServer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that an HTTP proxy forwards. They have the whole URI, and all origins share the connections. */
@Timeout(30)
class ProxyForwardTest {
    private static Proxy proxy(AnsweringServer server) {
        return Proxy.http("127.0.0.1", server.server().port());
    }

    private static Httpipe client(AnsweringServer server) {
        return Httpipe.builder().proxy(proxy(server)).build();
    }

    private static List<Integer> statuses(Response response) {
        return response.hops().stream().map(Hop::status).toList();
    }

    @Test
    void theProxyGetsTheWholeUriAndTheHostOfTheOrigin() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = client(server)) {
            Response response =
                    hp.request(Request.get("http://Origin.test:8080/a?b=c#d").header("X-Own", "1"));
            assertEquals("fine", response.text());
            assertEquals(List.of(), response.hops());
            assertEquals(
                    "GET http://origin.test:8080/a?b=c HTTP/1.1\r\n"
                            + "Host: origin.test:8080\r\n"
                            + "X-Own: 1\r\n"
                            + "User-Agent: httpipe/0.1\r\n"
                            + "Accept: */*\r\n\r\n",
                    server.last().head());
            hp.get("http://[::1]/");
            assertTrue(server.last().head().startsWith("GET http://[::1]/ HTTP/1.1\r\nHost: [::1]\r\n"));
        }
    }

    @Test
    void allOriginsShareTheConnectionsToTheProxy() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = client(server)) {
            assertEquals(0, hp.get("http://a.test/").reusedTimes());
            assertEquals(1, hp.get("http://b.test/").reusedTimes());
            Response posted = hp.request(Request.post("http://c.test:81/").body("work"));
            assertEquals(2, posted.reusedTimes());
            assertEquals("work", server.last().body());
            assertEquals(1, server.server().connections());
            RouteStats route = hp.stats().getFirst();
            Endpoint address = Endpoint.of("127.0.0.1", server.server().port());
            assertEquals(1, hp.stats().size());
            assertEquals(address, route.proxy());
            assertEquals(address, route.endpoint());
            assertEquals(2, route.reused());
        }
    }

    @Test
    void aRequestToTheProxyItselfUsesItsOwnConnection() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = client(server)) {
            hp.get("http://a.test/");
            Response direct = hp.request(Request.get(server.uri("/own")).proxy(Proxy.NONE));
            assertEquals(0, direct.reusedTimes());
            assertTrue(server.last().head().startsWith("GET /own HTTP/1.1\r\n"));
            assertEquals(2, hp.stats().size());
        }
    }

    @Test
    void theProxyOfARequestReplacesTheProxyOfTheClient() throws Exception {
        try (AnsweringServer common = new AnsweringServer(request -> ok("common"));
                AnsweringServer own = new AnsweringServer(request -> ok("own"));
                Httpipe hp = client(common)) {
            assertEquals("common", hp.get("http://a.test/").text());
            assertEquals(
                    "own",
                    hp.request(Request.get("http://a.test/").proxy(proxy(own))).text());
            assertEquals(List.of("http://a.test/"), common.targets());
        }
    }

    @Test
    void aRequestThatSaysWhereToConnectUsesNoProxy() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("direct"));
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.http("nowhere.invalid", 1))
                        .build()) {
            assertEquals(
                    "direct",
                    hp.request(Request.get("/x").at("127.0.0.1", server.server().port()))
                            .text());
            assertEquals("/x", server.last().target());
            Request named = Request.get("http://a.test/").at("127.0.0.1", 1);
            assertThrows(IllegalArgumentException.class, () -> named.proxy(proxy(server)));
            Request proxied = Request.get("http://a.test/").proxy(proxy(server));
            assertThrows(IllegalArgumentException.class, () -> proxied.at("127.0.0.1", 1));
            assertEquals("/", named.proxy(Proxy.NONE).target());
        }
    }

    @Test
    void theHeadersOfTheProxySettingsAreSent() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).header("X-Tenant", "blue").header("Accept", "a/b"))
                        .build()) {
            hp.get("http://a.test/");
            assertEquals("blue", server.last().field("X-Tenant"));
            assertEquals("a/b", server.last().field("Accept"));
            hp.request(Request.get("http://a.test/").header("X-Tenant", "red"));
            assertEquals("red", server.last().field("X-Tenant"));
        }
    }

    private static final String BASIC = "Proxy-Authenticate: Basic realm=\"p\"";
    private static final String DIGEST =
            "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"auth\", algorithm=";

    /** Answers each request without credentials with 407 and these challenges. Accepts any credentials. */
    private static AnsweringServer asking(String... challenges) throws Exception {
        return new AnsweringServer(
                request -> request.field("Proxy-Authorization") == null ? empty(407, challenges) : ok("welcome"));
    }

    @Test
    void basicIsSentAfterTheFirst407AndThenWithEachRequest() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("Aladdin", "open sesame"))
                        .build()) {
            Response response = hp.get("http://a.test/");
            assertEquals("welcome", response.text());
            assertEquals(List.of(407, 200), statuses(response));
            assertEquals("proxy: Basic is needed", response.hops().getFirst().reason());
            assertNull(server.requests().getFirst().field("Proxy-Authorization"));
            String value = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
            assertEquals(value, server.last().field("Proxy-Authorization"));
            assertNull(server.last().field("Authorization"));
            assertEquals(List.of(200), statuses(hp.get("http://b.test/")));
            assertEquals(value, server.last().field("Proxy-Authorization"));
            assertEquals(1, server.server().connections());
        }
    }

    @Test
    void digestIsChosenIfOfferedAndItsNonceIsUsedAgain() throws Exception {
        try (AnsweringServer server = asking(BASIC, DIGEST + "MD5", DIGEST + "SHA-256");
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "secret"))
                        .build()) {
            Response response = hp.request(Request.post("http://a.test/x?y").body("work"));
            assertEquals(List.of(407, 200), statuses(response));
            String first = server.last().field("Proxy-Authorization");
            assertTrue(first.startsWith(
                    "Digest username=\"u\", realm=\"p\", uri=\"http://a.test/x?y\", algorithm=SHA-256"));
            assertTrue(first.contains("nc=00000001"), first);
            assertEquals(
                    List.of("work", "work"),
                    server.requests().stream()
                            .map(AnsweringServer.Received::body)
                            .toList());
            assertEquals(List.of(200), statuses(hp.get("http://b.test/")));
            String second = server.last().field("Proxy-Authorization");
            assertTrue(second.contains("uri=\"http://b.test/\"") && second.contains("nc=00000002"), second);
        }
    }

    /** Squid drops a nonce whose counts arrive out of order. */
    @Test
    void callsAtTheSameTimeUseDifferentNonces() throws Exception {
        AtomicInteger nonces = new AtomicInteger();
        Map<String, Integer> counts = new ConcurrentHashMap<>();
        Pattern sent = Pattern.compile(".* nonce=\"([^\"]*)\", nc=([0-9a-f]{8}), .*");
        try (AnsweringServer server = new AnsweringServer(request -> {
                    String credentials = request.field("Proxy-Authorization");
                    Matcher use = sent.matcher(credentials == null ? "" : credentials);
                    int count = use.matches() ? Integer.parseInt(use.group(2), 16) : 0;
                    if (count > 0 && counts.replace(use.group(1), count - 1, count)) {
                        return ok("welcome");
                    }
                    String nonce = "n" + nonces.incrementAndGet();
                    counts.put(nonce, 0);
                    return empty(407, "Proxy-Authenticate: Digest realm=\"p\", qop=\"auth\", nonce=\"" + nonce + "\"");
                });
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "p"))
                        .build()) {
            List<Response> responses =
                    FanOut.over(hp).concurrency(16).all(Collections.nCopies(300, Request.get("http://a.test/")));
            responses.forEach(response -> assertEquals(200, response.status()));
            assertTrue(nonces.get() <= 16, "nonces: " + nonces);
        }
    }

    /** RFC 7616, section 3.3: the domain means nothing in Proxy-Authenticate. */
    @Test
    void theNonceOfAProxyIsForAllOrigins() throws Exception {
        try (AnsweringServer server = asking(DIGEST + "MD5, domain=\"/other http://x.test/\"");
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "p"))
                        .build()) {
            assertEquals(List.of(407, 200), statuses(hp.get("http://a.test/")));
            assertEquals(List.of(200), statuses(hp.get("http://b.test/")));
        }
    }

    @Test
    void theCredentialsForTheOriginGoAlongWithThoseForTheProxy() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> request.field("Proxy-Authorization") == null
                        ? empty(407, BASIC)
                        : request.field("Authorization") == null
                                ? empty(401, "WWW-Authenticate: Basic realm=\"o\"")
                                : ok("welcome"));
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("p", "p"))
                        .credentials(
                                Credentials.basic("http://a.test", "o", "o").onChallenge())
                        .build()) {
            assertEquals(List.of(407, 401, 200), statuses(hp.get("http://a.test/")));
            assertEquals("Basic cDpw", server.last().field("Proxy-Authorization"));
            assertEquals("Basic bzpv", server.last().field("Authorization"));
            assertEquals(
                    List.of(200),
                    statuses(hp.request(Request.get("http://b.test/").header("Authorization", "x"))));
            assertEquals("x", server.last().field("Authorization"));
        }
    }

    @Test
    void wrongCredentialsAreTriedOnceAndTheCallerGetsThe407() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(407, BASIC));
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "wrong"))
                        .build()) {
            Response response = hp.get("http://a.test/");
            assertEquals(407, response.status());
            assertEquals(List.of(407, 407), statuses(response));
            assertEquals(List.of(407), statuses(hp.get("http://a.test/")));
            assertEquals(3, server.requests().size());
        }
    }

    /** Squid 5.7 keeps such a connection open, but reads neither the rest of the body nor another request. */
    @Test
    void aConnectionOnWhichAnUploadWasRefusedIsNotReused() throws Exception {
        try (AnsweringServer server =
                        new AnsweringServer(request -> request.method().equals("POST") ? empty(403) : ok("welcome"));
                Httpipe hp = client(server)) {
            Request upload = Request.post("http://a.test/").body(Body.of("work"));
            assertEquals(403, hp.request(upload).status());
            assertEquals(0, hp.get("http://a.test/").reusedTimes());
            assertEquals(1, hp.get("http://a.test/").reusedTimes());
        }
    }

    @Test
    void withoutCredentialsThe407IsAnOrdinaryResponse() throws Exception {
        try (AnsweringServer server = new AnsweringServer(
                        request -> "HTTP/1.1 407 x\r\n" + BASIC + "\r\nContent-Length: 6\r\n\r\nlog in");
                Httpipe hp = client(server)) {
            Response response = hp.get("http://a.test/");
            assertEquals(407, response.status());
            assertEquals("log in", response.text());
            assertEquals(1, server.requests().size());
        }
    }

    @Test
    void aBodyThatCannotBeSentAgainLeavesThe407ToTheCallerAndTeachesTheNextCall() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "p"))
                        .build()) {
            Request once = Request.post("http://a.test/")
                    .body(Body.of(new ByteArrayInputStream("work".getBytes(StandardCharsets.UTF_8))));
            assertEquals(407, hp.request(once).status());
            Request next = Request.post("http://a.test/")
                    .body(Body.of(new ByteArrayInputStream("more".getBytes(StandardCharsets.UTF_8))));
            assertEquals("welcome", hp.request(next).text());
            assertEquals("more", server.last().body());
        }
    }

    @Test
    void aHeaderOfTheCallerForTheProxyIsLeftAlone() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "p"))
                        .build()) {
            Request own = Request.get("http://a.test/").header("Proxy-Authorization", "Own token");
            assertEquals(List.of(200), statuses(hp.request(own)));
            assertEquals("Own token", server.last().field("Proxy-Authorization"));
        }
    }

    @Test
    void aHeaderForTheProxyDoesNotReachAnOriginThatNeedsNoProxy() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> ok("direct"));
                Httpipe rules = Httpipe.builder().proxies(uri -> Proxy.NONE).build();
                Httpipe plain = Httpipe.create()) {
            Request own = Request.get(server.uri("/")).header("Proxy-Authorization", "Own token");
            rules.request(own);
            assertNull(server.last().field("Proxy-Authorization"));
            plain.request(own.proxy(Proxy.NONE));
            assertNull(server.last().field("Proxy-Authorization"));
            plain.request(own);
            assertEquals("Own token", server.last().field("Proxy-Authorization"));
        }
    }

    @Test
    void aStreamedRequestAnswersThe407Too() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "p"))
                        .build();
                StreamedResponse response = hp.stream(Request.get("http://a.test/"))) {
            assertEquals(200, response.status());
            assertEquals("welcome", new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void aPipeGoesFromOneProxyToTheOther() throws Exception {
        try (AnsweringServer from = new AnsweringServer(request -> ok("content"));
                AnsweringServer to = new AnsweringServer(request -> ok(request.body()));
                Httpipe hp = client(from)) {
            Response response = hp.stream(Request.get("http://a.test/"))
                    .pipe()
                    .request(Request.put("http://b.test/").proxy(proxy(to)));
            assertEquals("content", response.text());
            assertEquals("http://b.test/", to.last().target());
        }
    }

    @Test
    void manyCallsOfAFanOutShareTheProxy() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = Httpipe.builder()
                        .proxy(proxy(server).credentials("u", "p"))
                        .maxConnections(3)
                        .build()) {
            List<Response> responses = FanOut.over(hp).all(Collections.nCopies(20, Request.get("http://a.test/")));
            responses.forEach(response -> assertEquals("welcome", response.text()));
            assertTrue(server.server().connections() <= 3);
        }
    }

    @Test
    void aStaleConnectionToTheProxyIsReplacedOnce() throws Exception {
        Script once = peer -> {
            peer.head();
            peer.send(ok("first"));
            peer.nextHead();
        };
        try (ScriptedServer server = ScriptedServer.of(once, ScriptedServer.inTurn(ok("second")));
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.http("127.0.0.1", server.port()))
                        .build()) {
            assertEquals("first", hp.get("http://a.test/").text());
            assertEquals("second", hp.get("http://b.test/").text());
            assertEquals(2, server.connections());
        }
    }

    @Test
    void theRulesAreAskedForEachRedirect() throws Exception {
        List<String> asked = new ArrayList<>();
        try (AnsweringServer direct = new AnsweringServer(request -> ok("direct"));
                AnsweringServer server = new AnsweringServer(request -> redirect(302, direct.uri("/end")));
                Httpipe hp = Httpipe.builder()
                        .redirects(Redirects.NORMAL)
                        .proxies(uri -> {
                            asked.add(uri.toString());
                            return uri.getHost().equals("127.0.0.1") ? Proxy.NONE : proxy(server);
                        })
                        .build()) {
            assertEquals("direct", hp.get("http://a.test/start").text());
            assertEquals(List.of("http://a.test/start", direct.uri("/end")), asked);
            assertEquals("/end", direct.last().target());
        }
    }

    @Test
    void theProxyOfARequestStaysForItsRedirects() throws Exception {
        try (AnsweringServer server =
                        new AnsweringServer(request -> request.target().endsWith("/start")
                                ? redirect(302, "http://b.test/end")
                                : ok(request.target()));
                Httpipe hp = Httpipe.builder()
                        .redirects(Redirects.NORMAL)
                        .proxy(Proxy.http("nowhere.invalid", 1))
                        .build()) {
            Request request = Request.get("http://a.test/start").proxy(proxy(server));
            assertEquals("http://b.test/end", hp.request(request).text());
        }
    }

    @Test
    void rulesThatReturnNullAreAMistakeOfTheCaller() {
        try (Httpipe hp = Httpipe.builder().proxies(uri -> null).build()) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> hp.get("http://a.test/?secret"));
            assertEquals(
                    "the proxy rules returned null for http://a.test; Proxy.NONE is a direct connection",
                    e.getMessage());
        }
    }

    @Test
    void rulesGetAUriThatTheJdkCannotReadWithItsCharactersEncoded() throws Exception {
        List<URI> asked = new ArrayList<>();
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"));
                Httpipe hp = Httpipe.builder()
                        .proxies(uri -> {
                            asked.add(uri);
                            return proxy(server);
                        })
                        .build()) {
            hp.request(Request.get("http://a.test/").rawPath("/a|b"));
            assertEquals(List.of(URI.create("http://a.test/a%7Cb")), asked);
            assertEquals("http://a.test/a|b", server.last().target());
        }
    }

    @Test
    void theErrorsNameTheProxy() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> null)) {
            int port = server.server().port();
            try (Httpipe hp = client(server)) {
                ConnectionLostException e =
                        assertThrows(ConnectionLostException.class, () -> hp.get("http://a.test/x?secret"));
                assertTrue(
                        e.getMessage()
                                .endsWith(" while waiting for the response head (a.test:80 through the proxy 127.0.0.1:"
                                        + port + ")"),
                        e.getMessage());
                assertEquals(Endpoint.of("127.0.0.1", port), e.proxy());
                assertEquals(Endpoint.of("a.test", 80), e.endpoint());
            }
        }
        try (SocketChannel bound = SocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
            // No process listens on this port, and no other process can.
            int port = ((InetSocketAddress) bound.getLocalAddress()).getPort();
            Httpipe hp = Httpipe.builder().proxy(Proxy.http("127.0.0.1", port)).build();
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.get("http://a.test/"));
            assertEquals(Phase.CONNECT, e.phase());
            assertTrue(
                    e.getMessage().endsWith(" while connecting (the proxy 127.0.0.1:" + port + ", for a.test:80)"),
                    e.getMessage());
            assertTrue(e.safeToRetry());
        }
        try (Httpipe hp = Httpipe.builder()
                .resolver(host -> List.of())
                .proxy(Proxy.http("nowhere.test", 3128))
                .build()) {
            ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.get("http://a.test/"));
            assertEquals(
                    "unknown host while resolving the host name (the proxy nowhere.test:3128, for a.test:80)",
                    e.getMessage());
        }
    }
}

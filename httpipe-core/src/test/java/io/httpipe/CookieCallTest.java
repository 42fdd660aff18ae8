package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.TestCertificates;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cookies on the wire: which responses set them, and which requests carry them. */
@Timeout(30)
class CookieCallTest {
    private final CookieStore store = CookieStore.inMemory();
    private AnsweringServer server;
    private Httpipe hp;

    /** Answers with the cookie that the query names: {@code /a?set=b%3D1} sets {@code b=1}. */
    private static String answer(AnsweringServer.Received request) {
        String target = request.target();
        int query = target.indexOf("?set=");
        return query < 0 ? ok("ok") : empty(200, "Set-Cookie: " + decoded(target.substring(query + 5)));
    }

    private static String decoded(String text) {
        return text.replace("%20", " ").replace("%3D", "=").replace("%3B", ";").replace("%2F", "/");
    }

    @BeforeEach
    void open() throws Exception {
        serve(CookieCallTest::answer);
    }

    private void serve(AnsweringServer.Answer answer) throws Exception {
        close();
        server = new AnsweringServer(answer);
        hp = builder().cookies(store).build();
    }

    /** Returns a builder for a client that resolves every host to 127.0.0.1. */
    private static Httpipe.Builder builder() {
        return Httpipe.builder()
                .resolver(host -> List.of(InetAddress.getByName("127.0.0.1")))
                .redirects(Redirects.NORMAL);
    }

    @AfterEach
    void close() throws Exception {
        if (server != null) {
            hp.close();
            server.close();
        }
    }

    private String uri(String host, String path) {
        return "http://" + host + server.origin().substring("http://127.0.0.1".length()) + path;
    }

    private Request set(String host, String path, String cookie) {
        return Request.get(uri(host, path)).query("set", cookie);
    }

    /** Returns the Cookie header that the server receives. */
    private @Nullable String sent(String host, String path) throws Exception {
        hp.get(uri(host, path));
        return server.last().field("Cookie");
    }

    private List<@Nullable String> allSent() {
        List<@Nullable String> sent = new ArrayList<>();
        server.requests().forEach(request -> sent.add(request.field("Cookie")));
        return sent;
    }

    @Test
    void aCookieIsSentBackReplacedAndRemoved() throws Exception {
        assertNull(sent("www.example.com", "/a/b"));
        hp.request(set("www.example.com", "/a/b", "id=1; Path=/a"));
        assertEquals("id=1", sent("www.example.com", "/a"));
        assertNull(sent("www.example.com", "/b"));
        assertNull(sent("example.com", "/a"));
        hp.request(set("www.example.com", "/", "id=2; Path=/a"));
        hp.request(set("www.example.com", "/", "top=3"));
        assertEquals("id=2; top=3", sent("www.example.com", "/a/x?y"));
        hp.request(set("www.example.com", "/", "id=; Path=/a; Max-Age=0"));
        assertEquals("top=3", sent("www.example.com", "/a"));
        assertEquals("CookieStore[1 cookies]", store.toString());
    }

    @Test
    void eachHopOfACallSetsCookies() throws Exception {
        serve(request -> switch (request.target()) {
            case "/login" -> empty(303, "Location: /second", "Set-Cookie: session=s; HttpOnly", "Set-Cookie: b=2");
            case "/second" -> empty(302, "Location: /third", "Set-Cookie: b=3");
            default -> empty(200, "Set-Cookie: b=; Max-Age=0");
        });
        Response response = hp.request(Request.post(server.uri("/login")).body("password"));
        assertEquals(3, response.hops().size());
        assertEquals("session=s", sent("127.0.0.1", "/"));
        List<@Nullable String> expected = new ArrayList<>(List.of("session=s; b=2", "session=s; b=3", "session=s"));
        expected.addFirst(null);
        assertEquals(expected, allSent());
    }

    @Test
    void anInformationalResponseSetsCookies() throws Exception {
        serve(request -> "HTTP/1.1 103 Early Hints\r\nSet-Cookie: early=1\r\n\r\n"
                + "HTTP/1.1 102 Processing\r\nSet-Cookie: n" + server.requests().size() + "=1\r\n\r\n"
                + empty(200, "Set-Cookie: final=1"));
        hp.get(server.uri("/"));
        hp.request(Request.post(server.uri("/")).body("short"));
        try (StreamedResponse response =
                hp.stream(Request.post(server.uri("/")).body(Body.writing(out -> out.write(new byte[100_000]))))) {
            assertEquals(200, response.status());
        }
        assertEquals("early=1; n1=1; final=1; n2=1; n3=1", sent("127.0.0.1", "/"));
        assertNull(server.requests().getFirst().field("Cookie"));
    }

    @Test
    void aCookieOfAnInformationalResponseCountsEvenIfTheCallFails() throws Exception {
        serve(request -> "HTTP/1.1 103 Early Hints\r\nSet-Cookie: early=1\r\n\r\nHTTP/1.1 200 OK\r\nX");
        assertThrows(
                TimedOutException.class,
                () -> hp.request(Request.get(server.uri("/")).timeout(Duration.ofSeconds(1))));
        assertEquals("early", store.all().getFirst().name());
    }

    @Test
    void cookiesNeverLeaveTheirScopeOnARedirect() throws Exception {
        serve(request -> switch (request.target()) {
            case "/start" ->
                empty(
                        307,
                        "Location: " + uri("api.example.com", "/api"),
                        "Set-Cookie: own=1",
                        "Set-Cookie: wide=2; Domain=example.com");
            case "/api" -> empty(307, "Location: " + uri("other.test", "/end"), "Set-Cookie: api=3");
            case "/end" -> empty(200, "Set-Cookie: evil=4; Domain=example.com", "Set-Cookie: other=5");
            default -> ok("ok");
        });
        List<String> refused = new ArrayList<>();
        store.onRefused((origin, name, reason) -> refused.add(name + " from " + origin));
        hp.request(Request.get(uri("www.example.com", "/start")).header("Cookie", "mine=0"));
        List<@Nullable String> expected = new ArrayList<>(List.of("mine=0", "wide=2"));
        expected.add(null);
        assertEquals(expected, allSent());
        assertEquals(List.of("evil from " + uri("other.test", "")), refused);
        assertEquals("own=1; wide=2", sent("www.example.com", "/"));
        assertEquals("wide=2; api=3", sent("api.example.com", "/"));
        assertEquals("other=5", sent("other.test", "/"));
    }

    @Test
    void aSecureCookieGoesToHttpsOnly() throws Exception {
        TestCertificates certificates = TestCertificates.get();
        try (AnsweringServer secure = new AnsweringServer(certificates.server("good"), CookieCallTest::answer);
                Httpipe both = builder()
                        .cookies(store)
                        .tls(Tls.DEFAULT.trust(certificates.authority()))
                        .build()) {
            both.request(Request.get(secure.uri("/")).query("set", "id=1; Secure"));
            both.request(Request.get(server.uri("/")).query("set", "id=2"));
            both.request(Request.get(server.uri("/")).query("set", "plain=3"));
            both.get(server.uri("/"));
            both.get(secure.uri("/"));
            assertEquals("plain=3", server.last().field("Cookie"));
            assertEquals("id=1; plain=3", secure.last().field("Cookie"));
        }
    }

    @Test
    void theCallersOwnHeaderIsLeftAlone() throws Exception {
        store.add(server.uri("/"), "id=1");
        hp.request(set("127.0.0.1", "/", "more=2").header("cookie", "mine=0"));
        assertEquals("mine=0", server.last().field("Cookie"));
        hp.request(Request.get(server.uri("/")).withoutHeader("Cookie"));
        assertNull(server.last().field("Cookie"));
        assertEquals("id=1; more=2", sent("127.0.0.1", "/"));
    }

    @Test
    void aRequestCanHaveAnotherStoreOrNone() throws Exception {
        store.add(server.uri("/"), "id=1");
        CookieStore other = CookieStore.inMemory().add(server.uri("/"), "id=2");
        hp.request(set("127.0.0.1", "/", "more=3").cookies(other));
        assertEquals("id=2", server.last().field("Cookie"));
        assertEquals(
                List.of("id", "more"), other.all().stream().map(Cookie::name).toList());
        hp.request(set("127.0.0.1", "/", "never=4").withoutCookies());
        assertNull(server.last().field("Cookie"));
        assertEquals("id=1", sent("127.0.0.1", "/"));
        try (Httpipe plain = Httpipe.create()) {
            plain.request(set("127.0.0.1", "/", "x=5"));
            plain.request(Request.get(server.uri("/")).cookies(other));
            assertEquals("id=2; more=3", server.last().field("Cookie"));
            plain.get(server.uri("/"));
            assertNull(server.last().field("Cookie"));
        }
    }

    @Test
    void aRedirectToTheSameUriIsFollowedIfTheCookiesHaveChanged() throws Exception {
        serve(request -> request.field("Cookie") == null
                ? empty(302, "Location: " + request.target(), "Set-Cookie: seen=1")
                : ok("welcome"));
        assertEquals("welcome", hp.get(server.uri("/")).text());
    }

    @Test
    void aLoopOfRedirectsEndsWhateverCookiesAreSet() throws Exception {
        serve(request -> empty(302, "Location: /", "Set-Cookie: same=1"));
        RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/")));
        assertTrue(e.getMessage().contains("it is a loop back to " + server.origin() + "/"), e.getMessage());
        assertEquals(2, server.requests().size());
        serve(request ->
                empty(302, "Location: /", "Set-Cookie: n=" + server.requests().size()));
        e = assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/")));
        assertTrue(e.getMessage().contains("it would be more than 10 redirects"), e.getMessage());
        assertEquals(11, server.requests().size());
    }

    @Test
    void aRetryAndAnAnswerToAChallengeCarryTheNewCookies() throws Exception {
        serve(request -> switch (server.requests().size()) {
            case 1 -> empty(503, "Retry-After: 0", "Set-Cookie: node=2");
            case 2 -> empty(401, "WWW-Authenticate: Basic realm=x", "Set-Cookie: csrf=3");
            default -> ok("in");
        });
        Request request = Request.get(server.uri("/"))
                .retries(Retries.of(3))
                .credentials(Credentials.basic(server.origin(), "u", "p").onChallenge());
        assertEquals("in", hp.request(request).text());
        List<@Nullable String> expected = new ArrayList<>(List.of("node=2", "node=2; csrf=3"));
        expected.addFirst(null);
        assertEquals(expected, allSent());
        assertEquals("Basic dTpw", server.last().field("Authorization"));
    }

    @Test
    void anInterceptorSeesTheCookiesOfTheCallsItMakes() throws Exception {
        try (Httpipe twice = builder()
                .cookies(store)
                .intercept((request, next) -> {
                    next.proceed(request.query("set", "id=1")).close();
                    assertEquals(List.of(), request.headers().all("Cookie"));
                    return next.proceed(request);
                })
                .build()) {
            twice.get(server.uri("/"));
            assertEquals("id=1", server.last().field("Cookie"));
        }
    }

    @Test
    void neitherTrailersNorAPipeCarryCookies() throws Exception {
        serve(request -> request.method().equals("GET")
                ? "HTTP/1.1 200 OK\r\nSet-Cookie: from=1; Path=/from\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "1\r\nx\r\n0\r\nSet-Cookie: trailer=2\r\n\r\n"
                : ok("stored"));
        try (StreamedResponse source = hp.stream(Request.get(uri("source.test", "/from")))) {
            source.pipe().request(Request.put(uri("target.test", "/to")));
        }
        assertEquals("x", server.last().body());
        assertNull(server.last().field("Cookie"));
        assertNull(server.last().field("Set-Cookie"));
        assertEquals(List.of("from"), store.all().stream().map(Cookie::name).toList());
    }

    @Test
    void theInitiatorDecidesAboutSameSite() throws Exception {
        store.add(server.uri("/"), "strict=1; SameSite=Strict").add(server.uri("/"), "lax=2; SameSite=Lax");
        Request get = Request.get(server.uri("/"));
        hp.request(get);
        assertEquals("strict=1; lax=2", server.last().field("Cookie"));
        hp.request(get.initiator("http://127.0.0.1:1/page"));
        assertEquals("strict=1; lax=2", server.last().field("Cookie"));
        hp.request(get.initiator("http://other.test/page"));
        assertEquals("lax=2", server.last().field("Cookie"));
        hp.request(get.initiator("http://other.test/page").method("POST"));
        assertNull(server.last().field("Cookie"));
        try (Httpipe plain = Httpipe.create()) {
            assertEquals("ok", plain.request(get.initiator("http://other.test")).text());
        }
    }

    @Test
    void manyCallsAtOnceShareAStore() throws Exception {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 170; i++) {
            requests.add(set("127.0.0.1", "/", "c" + i + "=" + i));
        }
        FanOut.over(hp).all(requests);
        List<Cookie> all = store.all();
        assertEquals(170, all.size());
        String sent = sent("127.0.0.1", "/");
        for (Cookie cookie : all) {
            assertTrue(("; " + sent + ";").contains("; " + cookie.name() + "=" + cookie.value() + ";"), cookie.name());
        }
    }

    @Test
    void cookiesSurviveInAFile(@TempDir Path folder) throws Exception {
        hp.request(set("127.0.0.1", "/", "session=1"));
        hp.request(set("www.example.com", "/", "id=2; Domain=example.com; Max-Age=99"));
        Path file = folder.resolve("cookies.jsonl");
        store.save(file);
        store.removeIf(cookie -> cookie.domain().equals("example.com"));
        assertNull(sent("example.com", "/"));
        store.removeIf(cookie -> true);
        assertNull(sent("127.0.0.1", "/"));
        store.load(file);
        assertEquals("session=1", sent("127.0.0.1", "/"));
        assertEquals("id=2", sent("api.example.com", "/"));
    }

    @Test
    void aListenerThatFailsEndsTheCallAndItsConnection() throws Exception {
        store.onRefused((origin, name, reason) -> {
            throw new ArithmeticException(reason);
        });
        assertThrows(ArithmeticException.class, () -> hp.request(set("127.0.0.1", "/", "a=1; Domain=com")));
        serve(request -> "HTTP/1.1 103 x\r\nSet-Cookie: a=1; Domain=com\r\n\r\n" + ok("never"));
        assertThrows(ArithmeticException.class, () -> hp.get(server.uri("/")));
        assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
    }

    @Test
    void anAddedCookieIsCheckedLikeThatOfAServer() {
        store.add("https://www.example.com/a/b", "id=secret; Domain=example.com; Max-Age=60; Secure");
        Cookie cookie = store.all().getFirst();
        assertEquals("secret", cookie.value());
        assertEquals(
                "Cookie[name=id, domain=example.com, hostOnly=false, path=/a, expires=" + cookie.expires()
                        + ", secure=true, httpOnly=false, sameSite=]",
                cookie.toString());
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> store.add("http://www.example.com/", "id=secret; Domain=com"));
        assertEquals(
                "setCookie: http://www.example.com cannot set this cookie: its Domain is a public suffix",
                e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> store.add("http://a.test/", "id=\u4e00"));
        assertThrows(IllegalArgumentException.class, () -> store.add("ftp://a.test/", "id=1"));
    }

    @Test
    void anInterruptEndsACallWithCookies() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        serve(request -> {
            arrived.countDown();
            return "HTTP/1.1 103 x\r\nSet-Cookie: a=1\r\n\r\n";
        });
        FutureTask<CancelledException> call =
                new FutureTask<>(() -> assertThrows(CancelledException.class, () -> hp.get(server.uri("/"))));
        Thread caller = Thread.ofVirtual().start(call);
        arrived.await();
        caller.interrupt();
        assertEquals(CancelledException.Reason.INTERRUPT, call.get().reason());
        assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
    }
}
